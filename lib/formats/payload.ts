/** Flash values: for exactly one later request. */
export interface Flash {
  /** Identifies these values, so that they are delivered once. */
  readonly id: string
  readonly text: string
}

/** The content of a session: serialized, and opaque to storages and transformers. */
export interface Body {
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

/** The first character of a body with more than a value. JSON never begins with it; a value that does is written as such a body. */
const PARTS = '+'

/** Writes a body. One with only a value, as most are, is the value itself. */
export function writeBody({ value, flash, idleTimeout }: Body): string {
  if (value !== undefined && flash === undefined && idleTimeout === undefined && !value.startsWith(PARTS)) return value
  return PARTS + JSON.stringify([value ?? null, flash?.map(({ id, text }) => [id, text]) ?? null, idleTimeout ?? null])
}

/** Reads a text of {@link writeBody}; `null` for any other text. */
export function readBody(text: string): Body | null {
  if (!text.startsWith(PARTS)) return { value: text }
  const read = parts(text.slice(PARTS.length))
  if (!read) return null
  const [value, flash, idleTimeout] = read
  return {
    value: typeof value === 'string' ? value : undefined,
    flash:
      Array.isArray(flash) && flash.length > 0 && flash.every(isFlash)
        ? flash.slice(-MOST_FLASHES).map(([id, flashText]) => ({ id, text: flashText }))
        : undefined,
    idleTimeout: Number.isSafeInteger(idleTimeout) && (idleTimeout as number) > 0 ? (idleTimeout as number) : undefined,
  }
}

/** The body with only the value of another body; `null` if the text is not one of {@link writeBody}, or has no value. */
export function valueAlone(text: string): string | null {
  if (!text.startsWith(PARTS)) return text
  const value = readBody(text)?.value
  return value === undefined ? null : writeBody({ value })
}

function isFlash(written: unknown): written is [id: string, text: string] {
  return (
    Array.isArray(written) &&
    typeof written[0] === 'string' &&
    FLASH_ID.test(written[0]) &&
    typeof written[1] === 'string'
  )
}

function parts(text: string): readonly unknown[] | null {
  try {
    const read: unknown = JSON.parse(text)
    return Array.isArray(read) ? read : null
  } catch {
    return null
  }
}
