/** What stands around a serialized value: in a token its two instants, in a record the nonce of the write. */

/** The length of a nonce in characters of base64url: 96 bits. */
export const NONCE_LENGTH = 16

/** A value that carries its own deadlines. */
export interface Envelope {
  readonly text: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** Writes `<createdAt>.<expiresAt>.<value>`, the instants in base 36. */
export function writeEnvelope(envelope: Envelope): string {
  return `${envelope.createdAt.toString(36)}.${envelope.expiresAt.toString(36)}.${envelope.text}`
}

/** Reads what {@link writeEnvelope} wrote; `null` where it did not. */
export function readEnvelope(text: string): Envelope | null {
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  if (second < 0) return null
  const createdAt = instant(text.slice(0, first))
  const expiresAt = instant(text.slice(first + 1, second))
  if (Number.isNaN(createdAt) || Number.isNaN(expiresAt)) return null
  return { text: text.slice(second + 1), createdAt, expiresAt }
}

function instant(text: string): number {
  const value = Number.parseInt(text, 36)
  return value.toString(36) === text ? value : Number.NaN
}

/** A record's `data`: the nonce, then the value. */
export function writeData(nonce: string, text: string): string {
  return nonce + text
}

/** The value in a record's `data`; `null` where there is no room for the nonce. */
export function readData(data: string): string | null {
  return data.length < NONCE_LENGTH ? null : data.slice(NONCE_LENGTH)
}
