import { isPromise } from '../base/awaitable.ts'
import { framed, sha256 } from '../base/digest.ts'
import { FORMAT } from '../base/format.ts'
import { isPlain } from '../base/freeze.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { SessionConfigError } from '../errors.ts'
import { storedValue } from '../session/stored-value.ts'
import type { Snapshot } from '../wire/frame.ts'

/** What a browser may see of a value. */
export type Expose = (value: never) => unknown

/** 128 bits of base64url. */
const TAG_LENGTH = 22

/** A session as a browser sees it; `null` where it holds no value. Throws what `expose` throws. */
export function snapshotOf(mounted: MountedSession, session: Tracked, expose: Expose): Snapshot | null {
  const value = storedValue(mounted, session)
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
  // What it comes to is nobody's, and that it fails must not end the process.
  if (isPromise(shown)) shown.catch(() => {})
  // By keys, since that is what the browser reads it by.
  else if (typeof shown === 'object' && shown !== null && isPlain(shown) && !Array.isArray(shown)) return shown
  throw new SessionConfigError(`mirror() of session '${name}': 'expose' must give a plain object, and at once`, name)
}

/** Tells sessions and their users apart, and leads to none: a hash of a handle, which is the hash of an identity, and of a subject. */
export function sessionTag(mounted: MountedSession, { row }: Tracked): string {
  return tag('session', row ? `${mounted.identityOf(row.record)}.${row.record.subject ?? ''}` : '')
}

function tag(what: string, text: string): string {
  return sha256(framed(FORMAT, 'mirror', what, text)).slice(0, TAG_LENGTH)
}
