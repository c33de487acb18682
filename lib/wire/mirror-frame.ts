import { fromCanonicalText, toCanonicalText } from './canonical-text.ts'

/** What a session shows, at one version of it. Times are in epoch milliseconds. */
export interface Snapshot {
  /** A tag of the session: equal for equal sessions, and opens nothing. */
  readonly session: string
  /** A tag of whose session it is; `null` for nobody's. */
  readonly subject: string | null
  /** Counts the writes to the session. A lower one is older. */
  readonly version: number
  /** What the server's clock says. */
  readonly now: number
  readonly expiresAt: number
  readonly value: unknown
}

/** The session has come to its end. `session` is `null` where there was none. */
export interface Gone {
  readonly session: string | null
  readonly reason: 'ended' | 'expired'
}

/** One server-sent event. */
export type Frame =
  | { readonly event: 'snapshot'; readonly data: Snapshot }
  | { readonly event: 'gone'; readonly data: Gone }

/** The comment that tells that the stream is alive (HTML Standard, 9.2.7). */
export const HEARTBEAT: string = ':\n\n'

/** How often the server sends one, in milliseconds. */
export const HEARTBEAT_EVERY: number = 25_000

/** What one frame may hold, in UTF-16 units. A longer one is dropped, so that a bad peer cannot fill the memory. */
export const LONGEST_FRAME: number = 1 << 20

/**
 * A frame as a block of a server-sent event stream.
 *
 * @throws TypeError naming the path of what `value` holds that cannot be kept.
 */
export function frameText({ event, data }: Frame): string {
  const id = event === 'snapshot' ? `id: ${data.version}\n` : ''
  return `event: ${event}\n${id}data: ${toCanonicalText(data)}\n\n`
}

/** The frame of an event with that text as its data; `undefined` where it is none. */
export function readFrame(event: string, text: string): Frame | undefined {
  try {
    const data = fromCanonicalText(text)
    if ((event === 'snapshot' && isSnapshot(data)) || (event === 'gone' && isGone(data)))
      return { event, data } as Frame
  } catch {}
  return undefined
}

function isSnapshot(data: unknown): data is Snapshot {
  const { session, subject, version, now, expiresAt, value } = data as Partial<Snapshot>
  return (
    typeof session === 'string' &&
    (subject === null || typeof subject === 'string') &&
    [version, now, expiresAt].every(Number.isFinite) &&
    value !== undefined
  )
}

function isGone(data: unknown): data is Gone {
  const { session, reason } = data as Partial<Gone>
  return (session === null || typeof session === 'string') && (reason === 'ended' || reason === 'expired')
}
