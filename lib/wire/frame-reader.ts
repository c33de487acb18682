import { LONGEST_FRAME, readFrame, type Frame } from './mirror-frame.ts'

/**
 * Parses the frames of an event stream (HTML Standard, 9.2.6) from chunks of any size, in linear time. Drops malformed frames,
 * and frames that are too long, without buffering them.
 */
export class FrameReader {
  #isAtStart = true
  #endedInCR = false
  /** The beginning of an unfinished line. It is parsed when the line ends. */
  #line = ''
  #event = ''
  #data: string[] = []
  /** The length of the frame so far. */
  #length = 0
  #isDropped = false

  push(chunk: string): Frame[] {
    if (chunk === '') return []
    let from = this.#isAtStart && chunk.startsWith('\uFEFF') ? 1 : 0
    this.#isAtStart = false
    // The second half of a CRLF.
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
    // Only an empty line matters in a dropped frame, since it ends the frame.
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
      // An empty line of data takes memory too.
      this.#length++
      return
    }
    if (name === 'event') this.#event = value
    // A comment or another field is not kept, so it does not count.
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
