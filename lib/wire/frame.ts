import { fromText, toText } from './text.ts'

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

/**
 * A frame as a block of a server-sent event stream.
 *
 * @throws TypeError naming the path of what `value` holds that cannot be kept.
 */
export function frameText({ event, data }: Frame): string {
  const id = event === 'snapshot' ? `id: ${data.version}\n` : ''
  return `event: ${event}\n${id}data: ${toText(data)}\n\n`
}

/** The frame of an event with that text as its data; `undefined` where it is none. */
export function readFrame(event: string, text: string): Frame | undefined {
  try {
    const data = fromText(text)
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

/** What one frame may hold, in UTF-16 units. A longer one is dropped, so that a bad peer cannot fill the memory. */
export const LONGEST_FRAME: number = 1 << 20

/**
 * Reads frames out of a stream of server-sent events (HTML Standard, 9.2.6), wherever its chunks end, in time linear in
 * what comes. A malformed frame is dropped, and so is one that is too long: no more of it is kept.
 */
export class FrameReader {
  #isAtStart = true
  #endedInCR = false
  /** What came of the line that has not ended. It is put together chunk by chunk, and looked at when it ends. */
  #line = ''
  #event = ''
  #data: string[] = []
  /** The length of what the frame holds. */
  #length = 0
  #isDropped = false

  push(chunk: string): Frame[] {
    if (chunk === '') return []
    let from = this.#isAtStart && chunk.startsWith('\uFEFF') ? 1 : 0
    this.#isAtStart = false
    // The other half of a CRLF.
    if (this.#endedInCR && chunk.startsWith('\n')) from = 1
    this.#endedInCR = chunk.endsWith('\r')
    const frames: Frame[] = []
    for (const { index, 0: end } of chunk.matchAll(/\r\n|\r|\n/g)) {
      if (index < from) continue
      this.#add(chunk.slice(from, index))
      const frame = this.#endLine()
      if (frame) frames.push(frame)
      from = index + end.length
    }
    this.#add(chunk.slice(from))
    return frames
  }

  #add(part: string): void {
    this.#length += part.length
    if (this.#length > LONGEST_FRAME) {
      this.#isDropped = true
      this.#data = []
    }
    // Of a frame that is dropped it counts only whether its line is empty.
    this.#line = this.#isDropped ? this.#line.slice(0, 1) || part.slice(0, 1) : this.#line + part
  }

  #endLine(): Frame | undefined {
    const line = this.#line
    this.#line = ''
    if (line === '') return this.#endFrame()
    if (!this.#isDropped) this.#take(line)
    return undefined
  }

  #take(line: string): void {
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'data') {
      this.#data.push(value)
      // An empty line takes memory too.
      this.#length++
      return
    }
    if (name === 'event') this.#event = value
    // A comment, or a field that is not ours: it is not kept, so it does not count.
    this.#length -= line.length
  }

  #endFrame(): Frame | undefined {
    const frame = this.#isDropped ? undefined : readFrame(this.#event, this.#data.join('\n'))
    this.#event = ''
    this.#data = []
    this.#length = 0
    this.#isDropped = false
    return frame
  }
}
