import type { Channel, Environment } from '../environment.ts'

/** What tabs say to each other: what do you know, if you do not know this; that is my status, and what I know, as of then. */
export type Message =
  | { readonly ask: string; readonly tell?: undefined }
  | { readonly ask?: undefined; readonly tell: string; readonly text: string; readonly at: number }

/** The other tabs of this browser that show the same. */
export interface Tabs {
  post(message: Message): void
  leave(): void
}

/**
 * Joins the others. One of them is the leader, as long as it lives: `lead` is called when that is this one. Gives nothing
 * where the browser has no means for it.
 */
export function joinTabs(
  { BroadcastChannel, navigator }: Environment,
  name: string,
  heard: (message: Message) => void,
  lead: () => void,
): Tabs | undefined {
  const locks = navigator?.locks
  if (!BroadcastChannel || !locks) return undefined
  let channel: Channel
  try {
    channel = new BroadcastChannel(name)
  } catch {
    // Where cookies are blocked.
    return undefined
  }
  const pending = new AbortController()
  let release = (): void => {}
  channel.addEventListener('message', ({ data }) => data && heard(data as Message))
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
