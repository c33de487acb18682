import type { Environment } from './environment.ts'

/** What tabs say to each other: what does the leader know, as opposed to this; look again; this is what I know. */
export type Message =
  | { readonly ask: string | null; readonly again: boolean; readonly tell?: undefined }
  | {
      readonly ask?: undefined
      readonly tell: string
      readonly text: string
      readonly at: number
      readonly lost: boolean
    }

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
  const channel = new BroadcastChannel(name)
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
