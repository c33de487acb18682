import { randomText, type Random } from '../base/random.ts'

/** The envelope of a serialized value: in a token, its times and its generation; in a record, the nonce of the write. */

/** 96 bits, and their length in base64url. */
const NONCE_BYTES = 12
const NONCE_LENGTH = 16

/** A value with its deadlines. */
export interface Envelope {
  readonly text: string
  readonly createdAt: number
  readonly expiresAt: number
  /** The generation of its subject at the time of the write. */
  readonly generation?: number
  /**
   * The definition's idle timeout at the time of the write, 0 for none: a later release may have a shorter one. Absent if the session has
   * its own idle timeout.
   */
  readonly idle?: number
}

/** Writes `<createdAt>.<expiresAt>[-<generation>][_<idle>].<value>`, with numbers in base 36. */
export function writeEnvelope({ createdAt, expiresAt, generation, idle, text }: Envelope): string {
  let end = digits(expiresAt)
  if (generation !== undefined) end += `-${digits(generation)}`
  if (idle !== undefined) end += `_${digits(idle)}`
  return `${digits(createdAt)}.${end}.${text}`
}

/** Reads a text of {@link writeEnvelope}; `null` for any other text. */
export function readEnvelope(text: string): Envelope | null {
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  if (second < 0) return null
  // From the end: the optional parts follow `expiresAt`, and most tokens have the idle timeout.
  const beforeIdle = text.lastIndexOf('_', second)
  const idleAt = beforeIdle > first ? beforeIdle : second
  const beforeGeneration = text.lastIndexOf('-', idleAt)
  const generationAt = beforeGeneration > first ? beforeGeneration : idleAt
  const createdAt = number(text, 0, first)
  const expiresAt = number(text, first + 1, generationAt)
  const generation = generationAt < idleAt ? number(text, generationAt + 1, idleAt) : undefined
  const idle = idleAt < second ? number(text, idleAt + 1, second) : undefined
  // A sum with NaN is NaN.
  if (Number.isNaN(createdAt + expiresAt + (generation ?? 0) + (idle ?? 0))) return null
  const value = text.slice(second + 1)
  if (generation !== undefined)
    return { text: value, createdAt, expiresAt, generation, ...(idle !== undefined && { idle }) }
  return idle === undefined ? { text: value, createdAt, expiresAt } : { text: value, createdAt, expiresAt, idle }
}

const LOW_DIGITS = 6
const LOW = 36 ** LOW_DIGITS

/** A whole number in base 36. In two halves: V8 converts small numbers four times as fast. */
function digits(value: number): string {
  if (value < LOW) return value.toString(36)
  const low = value % LOW
  return ((value - low) / LOW).toString(36) + low.toString(36).padStart(LOW_DIGITS, '0')
}

const ZERO = 48
const NINE = 57
const A = 97
const Z = 122

/**
 * The number that {@link digits} wrote between two indexes; `NaN` for anything else, also for another spelling of a number. Without a slice and
 * a regular expression: every request that reads a session reads two or three numbers.
 */
function number(text: string, start: number, end: number): number {
  if (start >= end || (text.charCodeAt(start) === ZERO && end > start + 1)) return Number.NaN
  let value = 0
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code >= ZERO && code <= NINE) value = value * 36 + code - ZERO
    else if (code >= A && code <= Z) value = value * 36 + code - A + 10
    else return Number.NaN
    if (value > Number.MAX_SAFE_INTEGER) return Number.NaN
  }
  return value
}

/** The optional parts of a record's `data`. */
export interface Marks {
  /** The definition's idle timeout at the time of the write, see {@link Envelope.idle}. */
  readonly idle?: number | undefined
  /** Whether the session has more than one id, see `trackers/twins.ts`. */
  readonly twin?: boolean
}

/** Encloses the marks. A value that begins with it is preceded by empty marks. */
const MARK = '*'
const TWIN = '&'
const NO_MARKS: Marks = Object.freeze({})

/** Writes a record's `data`: a nonce, by which a retry recognizes its own write, the marks, if there are any, and the value. */
export function writeData(random: Random, text: string, { idle, twin = false }: Marks = NO_MARKS): string {
  const nonce = randomText(random, NONCE_BYTES)
  if (idle === undefined && !twin && !text.startsWith(MARK)) return nonce + text
  return `${nonce}${MARK}${idle === undefined ? '' : digits(idle)}${twin ? TWIN : ''}${MARK}${text}`
}

/** The value in a record's `data`; `null` for a text that {@link writeData} does not write. */
export function readData(data: string): string | null {
  if (data.length < NONCE_LENGTH) return null
  if (data[NONCE_LENGTH] !== MARK) return data.slice(NONCE_LENGTH)
  const end = data.indexOf(MARK, NONCE_LENGTH + 1)
  return end < 0 ? null : data.slice(end + 1)
}

/** The marks in a record's `data`; none if they cannot be read. */
export function readMarks(data: string): Marks {
  if (data[NONCE_LENGTH] !== MARK) return NO_MARKS
  const end = data.indexOf(MARK, NONCE_LENGTH + 1)
  const twin = data[end - 1] === TWIN
  const idle = number(data, NONCE_LENGTH + 1, twin ? end - 1 : end)
  return Number.isNaN(idle) ? { twin } : { idle, twin }
}
