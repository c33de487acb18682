import type { SessionRecord } from '../contracts/record.ts'
import type { Row, SubjectSessions } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { SessionConfigError } from '../errors.ts'
import { readBody } from '../formats/payload.ts'
import { readData, readMarks } from '../formats/envelope.ts'
import { isHandle } from '../trackers/handles.ts'
import { currentDeadline, isExpired, withIdleTimeout } from '../base/expiry.ts'

/** One session of a subject, for a page that lists devices. */
export interface ListedSession<R = undefined> {
  /** The session's public name, for `revoke`. Survives a new id, and reveals neither the id nor the subject. */
  readonly handle: string
  /** When it was created, or last used for a login, in epoch milliseconds. */
  readonly createdAt: number
  /** When it was last used, in epoch milliseconds: as precise as `touchAfter`, and too early if the absolute timeout is near. */
  readonly lastSeenAt: number
  /** When it expires if it is not used again, in epoch milliseconds. */
  readonly expiresAt: number
  /** Whether it is the session of the calling request. */
  readonly current: boolean
  /** What `show` returned for its value. */
  readonly shown: R
}

/**
 * The sessions of a subject, newest first.
 *
 * @param current The identity of the calling request's own session.
 */
export async function listSessions(
  mounted: MountedSession,
  subject: string,
  current: string | undefined,
  show: (value: object) => unknown,
): Promise<ListedSession<unknown>[]> {
  const listed = new Map<string, ListedSession<unknown>>()
  for await (const { record } of listing(mounted, 'list').list(mounted.hashSubject(subject))) {
    const { createdAt } = record
    const { idle } = readMarks(record.data)
    const expiresAt = currentDeadline(mounted.lifetimes, { createdAt, expiresAt: record.expiresAt, idle })
    if (isExpired(mounted.lifetimes, { createdAt, expiresAt }, mounted.clock())) continue
    const body = readBody(readData(record.data) ?? '')
    const read = body?.value === undefined ? null : mounted.codec.read(body.value)
    const { idleTimeout } = withIdleTimeout(mounted.lifetimes, body?.idleTimeout)
    const lastSeenAt = idleTimeout === null ? createdAt : Math.max(createdAt, expiresAt - idleTimeout)
    const shown = read ? show(read.value) : undefined
    // A session whose id changes meanwhile may be listed twice.
    listed.set(record.identity, {
      handle: mounted.handles.of(record),
      createdAt,
      lastSeenAt,
      expiresAt,
      current: record.identity === current,
      shown,
    })
  }
  return [...listed.values()].sort((one, other) => other.createdAt - one.createdAt)
}

/**
 * Ends one session by its handle; with `whose`, only if it belongs to that subject.
 *
 * @returns `false` for a malformed handle, and for a session that is gone or belongs to another subject.
 */
export async function revokeSession(
  mounted: MountedSession,
  handle: string,
  whose?: { readonly subject?: unknown },
): Promise<boolean> {
  const { handles, name } = mounted
  const sessions = listing(mounted, 'revoke')
  // `{ subject: undefined }` comes from a caller who is not signed in: an error, and not the same as no option.
  const given = whose && mounted.hashSubject(whose.subject)
  if (!isHandle(handle)) return false
  const subject = given ?? handles.subjectIn(handle)
  if (subject === null) {
    if (handles.areShared || !handle.includes('.')) return false
    throw new SessionConfigError(
      `revoke() of session '${name}': the app has no keys, so that only the process that made a handle can read it: set app.keys, or write revoke(definition, handle, { subject })`,
      name,
    )
  }
  return (await sessions.end(subject, (record) => handles.isOf(handle, record))) > 0
}

/** The session that `revokeAll` spares: one id of it, by its row, or all its ids, by its handle. */
export interface Spared {
  readonly row?: Row | undefined
  readonly handle?: string | undefined
}

/** Ends all sessions of a subject except the spared one. @returns How many. */
export function revokeSessions(mounted: MountedSession, subject: string, { row, handle }: Spared): Promise<number> {
  const isEnding = (record: SessionRecord): boolean => handle === undefined || !mounted.handles.isOf(handle, record)
  return listing(mounted, 'revokeAll').end(mounted.hashSubject(subject), isEnding, row)
}

function listing({ name, options, tracker }: MountedSession, call: string): SubjectSessions {
  const fail = (what: string): never => {
    throw new SessionConfigError(`${call}() of session '${name}': ${what}`, name)
  }
  if (!options.subject) return fail("give it the option 'subject', a function that returns whose session a value is")
  if (!tracker.byId) {
    return fail(
      call === 'revokeAll'
        ? "sessions by value cannot be deleted; give it 'revocations', a storage that holds a generation per subject"
        : "sessions by value are kept by the browsers alone; keep them in a 'storage'",
    )
  }
  return tracker.subjects ?? fail('its storage cannot list the sessions of a subject')
}
