import type { MountedSession } from './mounted-session.ts'
import { SessionTooLargeError } from '../errors.ts'

/** The most bytes that a character of a JavaScript string takes in UTF-8. */
const WIDEST = 3

/** @throws SessionTooLargeError (`ERR_SESSION_TOO_LARGE`) if a text for a storage has more bytes than `maxSize`. */
export function checkSize({ name, maxSize, options }: MountedSession, text: string): void {
  if (!options.storage || text.length * WIDEST <= maxSize) return
  const size = Buffer.byteLength(text)
  if (size <= maxSize) return
  throw new SessionTooLargeError(
    `session '${name}' would be ${size} bytes, and its maxSize is ${maxSize}: keep less in it, or raise maxSize`,
    name,
    size,
    maxSize,
  )
}
