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
}

/** Writes `<createdAt>.<expiresAt>.<value>`, or `<createdAt>.<expiresAt>-<generation>.<value>`; numbers in base 36. */
export function writeEnvelope({ createdAt, expiresAt, generation, text }: Envelope): string {
  const end = generation === undefined ? digits(expiresAt) : `${digits(expiresAt)}-${digits(generation)}`
  return `${digits(createdAt)}.${end}.${text}`
}

/** Reads what {@link writeEnvelope} wrote; `null` where it did not. */
export function readEnvelope(text: string): Envelope | null {
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  if (second < 0) return null
  const end = text.slice(first + 1, second)
  const dash = end.indexOf('-')
  const createdAt = number(text.slice(0, first))
  const expiresAt = number(dash < 0 ? end : end.slice(0, dash))
  if (Number.isNaN(createdAt) || Number.isNaN(expiresAt)) return null
  const envelope = { text: text.slice(second + 1), createdAt, expiresAt }
  if (dash < 0) return envelope
  const generation = number(end.slice(dash + 1))
  return Number.isNaN(generation) ? null : { ...envelope, generation }
}

const LOW_DIGITS = 6
const LOW = 36 ** LOW_DIGITS

/** A whole number in base 36. In two halves: V8 writes small ones four times as fast. */
function digits(value: number): string {
  if (value < LOW) return value.toString(36)
  const low = value % LOW
  return ((value - low) / LOW).toString(36) + low.toString(36).padStart(LOW_DIGITS, '0')
}

/** What `digits` writes, and no other way of writing a number. */
const NUMBER = /^(?:0|[1-9a-z][\da-z]{0,10})$/

function number(text: string): number {
  const value = NUMBER.test(text) ? Number.parseInt(text, 36) : Number.NaN
  return Number.isSafeInteger(value) ? value : Number.NaN
}

/** A record's `data`: a nonce, by which a write knows itself again, then the value. */
export function writeData(random: Random, text: string): string {
  return randomText(random, NONCE_BYTES) + text
}

/** The value in a record's `data`; `null` where there is no room for the nonce. */
export function readData(data: string): string | null {
  return data.length < NONCE_LENGTH ? null : data.slice(NONCE_LENGTH)
}
