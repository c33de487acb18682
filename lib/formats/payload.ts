import { tryParseJson } from '../base/json.ts'

/** Flash values: for exactly one later request. */
export interface Flash {
  /** Identifies these values, so that they are delivered once. */
  readonly id: string
  readonly text: string
}

/** The content of a session: serialized, and opaque to storages and transformers. */
export interface Payload {
  /** The serialized value; absent if the session has only flash values. */
  readonly value?: string | undefined
  /** The flash values, one entry per request, oldest first. */
  readonly flash?: readonly Flash[] | undefined
  /** The session's own idle timeout in milliseconds, if it differs from its definition's. */
  readonly idleTimeout?: number | undefined
}

/** The id of a flash: 96 bits as base64url. */
const FLASH_ID = /^[\w-]{16}$/

/** Only the youngest entries are read. The next request that opens the session takes them all. */
const MOST_FLASHES = 100

/** The first character of a payload with more than a value. JSON never begins with it; a value that does is written as such a payload. */
const PARTS = '+'

/** Writes a payload. One with only a value, as most are, is the value itself. */
export function writePayload({ value, flash, idleTimeout }: Payload): string {
  if (value !== undefined && flash === undefined && idleTimeout === undefined && !value.startsWith(PARTS)) return value
  return PARTS + JSON.stringify([value ?? null, flash?.map(({ id, text }) => [id, text]) ?? null, idleTimeout ?? null])
}

/** Reads a text of {@link writePayload}; `null` for any other text. */
export function readPayload(text: string): Payload | null {
  if (!text.startsWith(PARTS)) return { value: text }
  const read = tryParseJson(text.slice(PARTS.length))
  if (!Array.isArray(read)) return null
  const [value, flash, idleTimeout] = read as unknown[]
  return {
    value: typeof value === 'string' ? value : undefined,
    flash:
      Array.isArray(flash) && flash.length > 0 && flash.every(isFlash)
        ? flash.slice(-MOST_FLASHES).map(([id, flashText]) => ({ id, text: flashText }))
        : undefined,
    idleTimeout: Number.isSafeInteger(idleTimeout) && (idleTimeout as number) > 0 ? (idleTimeout as number) : undefined,
  }
}

/** The payload with only the value of another payload; `null` if the text is not one of {@link writePayload}, or has no value. */
export function valueAlone(text: string): string | null {
  if (!text.startsWith(PARTS)) return text
  const value = readPayload(text)?.value
  return value === undefined ? null : writePayload({ value })
}

function isFlash(written: unknown): written is [id: string, text: string] {
  return (
    Array.isArray(written) &&
    typeof written[0] === 'string' &&
    FLASH_ID.test(written[0]) &&
    typeof written[1] === 'string'
  )
}
