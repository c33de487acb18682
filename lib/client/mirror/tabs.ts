import type { Channel, Environment } from '../environment.ts'

/**
 * A message between tabs. `ask`: requests the leader's state, and says what the sender knows. `tell`: the leader's status, with
 * its frame data in `text`, as of `at`.
 */
export type Message =
  | { readonly ask: string; readonly tell?: undefined }
  | { readonly ask?: undefined; readonly tell: string; readonly text: string; readonly at: number }

/** The other tabs of this browser with the same mirror. */
export interface Tabs {
  post(message: Message): void
  leave(): void
}

/**
 * Joins the other tabs. One of them is the leader until it closes. `lead` is called when this tab becomes the leader. Returns
 * `undefined` if the browser lacks BroadcastChannel or Web Locks.
 */
export function joinTabs(
  { BroadcastChannel, navigator }: Environment,
  name: string,
  onMessage: (message: Message) => void,
  lead: () => void,
): Tabs | undefined {
  const locks = navigator?.locks
  if (!BroadcastChannel || !locks) return undefined
  let channel: Channel
  try {
    channel = new BroadcastChannel(name)
  } catch {
    // The constructor throws if the user has blocked cookies.
    return undefined
  }
  const pending = new AbortController()
  let release = (): void => {}
  channel.addEventListener('message', ({ data }) => data && onMessage(data as Message))
  locks
    .request(name, { signal: pending.signal }, () => {
      lead()
      return new Promise<void>((resolve) => (release = resolve))
    })
    .catch(() => {})
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin, its own
    post: (message) => channel.postMessage(message),
    leave: () => {
      channel.close()
      pending.abort()
      release()
    },
  }
}
