/** Values for exactly one later request. */
export interface Flash {
  /** Names this flash and no other, so that it is delivered once. */
  readonly id: string
  readonly text: string
}

/** What a session holds: serialized, and opaque to storages and transformers. */
export interface Body {
  /** The value; absent where the session holds only flash. */
  readonly value?: string | undefined
  /** Of one request each, oldest first. */
  readonly flash?: readonly Flash[] | undefined
  /** The session's own idle timeout in milliseconds, where it is not its definition's. */
  readonly idleTimeout?: number | undefined
}

/** The id of a flash: 96 bits as base64url. */
const FLASH_ID = /^[\w-]{16}$/

/** How many flashes are read, the youngest. Each is of one request, and the next that opens the session takes them all. */
const MOST_FLASHES = 100

/** Begins a body that is more than a value, or could be taken for one that is. JSON never begins so. */
const PARTS = '+'

/** A value alone, as most are, is written as it is. */
export function writeBody({ value, flash, idleTimeout }: Body): string {
  if (value !== undefined && flash === undefined && idleTimeout === undefined && !value.startsWith(PARTS)) return value
  return PARTS + JSON.stringify([value ?? null, flash?.map(({ id, text }) => [id, text]) ?? null, idleTimeout ?? null])
}

/** Reads what {@link writeBody} wrote; `null` where it did not. */
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

/** The body that has the value of another, and nothing else; `null` where that was not written by {@link writeBody}. */
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
