import { randomText, type Random } from '../base/random.ts'

/** What stands around a serialized value: in a token its two instants and its generation, in a record the nonce of the write. */

/** 96 bits, and as many characters of base64url as they take. */
const NONCE_BYTES = 12
const NONCE_LENGTH = 16

/** A value that carries its own deadlines. */
export interface Envelope {
  readonly text: string
  readonly createdAt: number
  readonly expiresAt: number
  /** The generation of its subject that it was made in. */
  readonly generation?: number
  /**
   * The idle timeout of the definition that `expiresAt` was made with, 0 for none: a later release may have a shorter one. Absent
   * where the session has an idle timeout of its own.
   */
  readonly idle?: number
}

/** Writes `<createdAt>.<expiresAt>[-<generation>][_<idle>].<value>`; numbers in base 36. */
export function writeEnvelope({ createdAt, expiresAt, generation, idle, text }: Envelope): string {
  let end = digits(expiresAt)
  if (generation !== undefined) end += `-${digits(generation)}`
  if (idle !== undefined) end += `_${digits(idle)}`
  return `${digits(createdAt)}.${end}.${text}`
}

/** Reads what {@link writeEnvelope} wrote; `null` where it did not. */
export function readEnvelope(text: string): Envelope | null {
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  if (second < 0) return null
  // From the end: the marks stand behind the instant, and most tokens have the one for the idle timeout.
  const beforeIdle = text.lastIndexOf('_', second)
  const idleAt = beforeIdle > first ? beforeIdle : second
  const beforeGeneration = text.lastIndexOf('-', idleAt)
  const generationAt = beforeGeneration > first ? beforeGeneration : idleAt
  const createdAt = number(text, 0, first)
  const expiresAt = number(text, first + 1, generationAt)
  const generation = generationAt < idleAt ? number(text, generationAt + 1, idleAt) : undefined
  const idle = idleAt < second ? number(text, idleAt + 1, second) : undefined
  // A number that is none makes any sum of them none.
  if (Number.isNaN(createdAt + expiresAt + (generation ?? 0) + (idle ?? 0))) return null
  const value = text.slice(second + 1)
  if (generation !== undefined)
    return { text: value, createdAt, expiresAt, generation, ...(idle !== undefined && { idle }) }
  return idle === undefined ? { text: value, createdAt, expiresAt } : { text: value, createdAt, expiresAt, idle }
}

const LOW_DIGITS = 6
const LOW = 36 ** LOW_DIGITS

/** A whole number in base 36. In two halves: V8 writes small ones four times as fast. */
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
 * The number that {@link digits} wrote between two places; `NaN` for anything else, also for another spelling of a number. Without a
 * slice and a regular expression: every request that reads a session reads two or three numbers.
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

/** What stands in a record beside its value. */
export interface Marks {
  /** The idle timeout of the definition that the deadline was made with, see {@link Envelope.idle}. */
  readonly idle?: number | undefined
  /** Whether the session has more than one id, see `trackers/twins.ts`. */
  readonly twin?: boolean
}

/** Encloses the marks. No other part of `data` begins so: a text that does is written behind empty marks. */
const MARK = '*'
const TWIN = '&'
const NO_MARKS: Marks = Object.freeze({})

/** A record's `data`: a nonce, by which a write knows itself again, then its marks, if it has any, and the value. */
export function writeData(random: Random, text: string, { idle, twin = false }: Marks = NO_MARKS): string {
  const nonce = randomText(random, NONCE_BYTES)
  if (idle === undefined && !twin && !text.startsWith(MARK)) return nonce + text
  return `${nonce}${MARK}${idle === undefined ? '' : digits(idle)}${twin ? TWIN : ''}${MARK}${text}`
}

/** The value in a record's `data`; `null` where that is not what {@link writeData} writes. */
export function readData(data: string): string | null {
  if (data.length < NONCE_LENGTH) return null
  if (data[NONCE_LENGTH] !== MARK) return data.slice(NONCE_LENGTH)
  const end = data.indexOf(MARK, NONCE_LENGTH + 1)
  return end < 0 ? null : data.slice(end + 1)
}

/** The marks in a record's `data`; none where they cannot be read. */
export function readMarks(data: string): Marks {
  if (data[NONCE_LENGTH] !== MARK) return NO_MARKS
  const end = data.indexOf(MARK, NONCE_LENGTH + 1)
  const twin = data[end - 1] === TWIN
  const idle = number(data, NONCE_LENGTH + 1, twin ? end - 1 : end)
  return Number.isNaN(idle) ? { twin } : { idle, twin }
}
