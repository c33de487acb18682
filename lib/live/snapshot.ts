import { isPromise } from '../base/awaitable.ts'
import { framed, sha256 } from '../base/digest.ts'
import { FORMAT } from '../base/format.ts'
import { isPlain } from '../base/freeze.ts'
import type { FoundSession } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { storedValue } from '../definition/codec.ts'
import { SessionConfigError } from '../errors.ts'
import type { Snapshot } from '../wire/mirror-frame.ts'

/** Returns what a browser may see of a value. */
export type Expose = (value: never) => unknown

/** The length of 128 bits in base64url. */
const TAG_LENGTH = 22

/** The session as a browser sees it; `null` if it has no value. Throws what `expose` throws. */
export function snapshotOf(mounted: MountedSession, session: FoundSession, expose: Expose): Snapshot | null {
  const value = storedValue(mounted.codec, session.text)
  const record = session.row?.record
  if (value === undefined || !record) return null
  const { subject, version } = record
  return {
    session: sessionTag(mounted, session),
    subject: subject === undefined ? null : tag('subject', subject),
    version,
    now: mounted.clock(),
    expiresAt: session.expiresAt,
    value: shownOf(mounted, expose(value as never)),
  }
}

function shownOf({ name }: MountedSession, shown: unknown): object {
  // The result is refused below, and an unhandled rejection would end the process.
  if (isPromise(shown)) shown.catch(() => {})
  // The browser reads it by keys.
  else if (typeof shown === 'object' && shown !== null && isPlain(shown) && !Array.isArray(shown)) return shown
  throw new SessionConfigError(`mirror() of session '${name}': 'expose' must give a plain object, and at once`, name)
}

/** Identifies a session and its subject without giving access: a hash of the handle, itself a hash, and of the subject. */
export function sessionTag(mounted: MountedSession, { row }: FoundSession): string {
  return tag('session', row ? `${mounted.identityOf(row.record)}.${row.record.subject ?? ''}` : '')
}

function tag(what: string, text: string): string {
  return sha256(framed(FORMAT, 'mirror', what, text)).slice(0, TAG_LENGTH)
}
