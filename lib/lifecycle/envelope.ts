/** What stands around a serialized value: in a token its two instants and its generation, in a record the nonce of the write. */

/** The length of a nonce in characters of base64url: 96 bits. */
export const NONCE_LENGTH = 16

/** A value that carries its own deadlines. */
export interface Envelope {
  readonly text: string
  readonly createdAt: number
  readonly expiresAt: number
  /** How often all sessions of its subject had been revoked when it was made. */
  readonly generation?: number
}

/** Writes `<createdAt>.<expiresAt>.<value>`, or `<createdAt>.<expiresAt>-<generation>.<value>`; numbers in base 36. */
export function writeEnvelope({ createdAt, expiresAt, generation, text }: Envelope): string {
  const end = generation === undefined ? expiresAt.toString(36) : `${expiresAt.toString(36)}-${generation.toString(36)}`
  return `${createdAt.toString(36)}.${end}.${text}`
}

/** Reads what {@link writeEnvelope} wrote; `null` where it did not. */
export function readEnvelope(text: string): Envelope | null {
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  if (second < 0) return null
  const [end = '', ...more] = text.slice(first + 1, second).split('-')
  const createdAt = number(text.slice(0, first))
  const expiresAt = number(end)
  if (Number.isNaN(createdAt) || Number.isNaN(expiresAt)) return null
  const envelope = { text: text.slice(second + 1), createdAt, expiresAt }
  if (more.length === 0) return envelope
  const generation = more.length === 1 ? number(more[0] as string) : Number.NaN
  return Number.isNaN(generation) ? null : { ...envelope, generation }
}

function number(text: string): number {
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
