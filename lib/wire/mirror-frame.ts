import { fromCanonicalText, toCanonicalText } from './canonical-text.ts'

/** What a mirror shows of one version of a session. Times are in epoch milliseconds. */
export interface Snapshot {
  /** Identifies the session, but gives no access to it. */
  readonly session: string
  /** Identifies the subject of the session; `null` if it has none. */
  readonly subject: string | null
  /** Increases with each write to the session. */
  readonly version: number
  /** The time on the server's clock. */
  readonly now: number
  readonly expiresAt: number
  readonly value: unknown
}

/** The session has ended. `session` is `null` if there was none. */
export interface Gone {
  readonly session: string | null
  readonly reason: 'ended' | 'expired'
}

/** A message of the live mirror: `mirror()` on the server sends it to `connectSession()` as a server-sent event. */
export type Frame =
  | { readonly event: 'snapshot'; readonly data: Snapshot }
  | { readonly event: 'gone'; readonly data: Gone }

/** A comment, which keeps the stream alive (HTML Standard, 9.2.7). */
export const HEARTBEAT: string = ':\n\n'

/** The interval between heartbeats, in milliseconds. */
export const HEARTBEAT_EVERY: number = 25_000

/** The maximum length of a frame, in UTF-16 code units. A longer one is dropped, so that a bad peer cannot fill the memory. */
export const LONGEST_FRAME: number = 1 << 20

/**
 * Formats a frame as an event of the stream.
 *
 * @throws TypeError with the path of a part of `value` that has no canonical text.
 */
export function frameText({ event, data }: Frame): string {
  const id = event === 'snapshot' ? `id: ${data.version}\n` : ''
  return `event: ${event}\n${id}data: ${toCanonicalText(data)}\n\n`
}

/** Parses a frame from the name and the data of an event. Returns `undefined` for an invalid one. */
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
