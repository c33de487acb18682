import type { SessionRecord } from '../contracts/record.ts'
import type { Row, SubjectSessions } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { SessionConfigError } from '../errors.ts'
import { readBody } from '../formats/payload.ts'
import { readData, readMarks } from '../formats/envelope.ts'
import { isHandle } from '../trackers/handles.ts'
import { currentDeadline, isExpired, withIdleTimeout } from '../base/expiry.ts'

/** One of a subject's sessions, as a page that lists devices shows it. */
export interface ListedSession<R = undefined> {
  /** Its public name, which stays when its id changes: what `revoke` takes. Tells neither the id nor whose session it is. */
  readonly handle: string
  /** When it was created, or last signed in with, in epoch milliseconds. */
  readonly createdAt: number
  /** When it was last seen, in epoch milliseconds: to `touchAfter` at best, and at the earliest where its absolute end is near. */
  readonly lastSeenAt: number
  /** When it ends if it is not used again, in epoch milliseconds. */
  readonly expiresAt: number
  /** Whether it is the one of the request that asks. */
  readonly current: boolean
  /** What the app chose to show of its value. */
  readonly shown: R
}

/**
 * The sessions of a subject, newest first.
 *
 * @param current The identity of the session that is the asking request's own.
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
    // One that gets another id meanwhile may come twice.
    const handle = mounted.handles.of(record)
    listed.set(record.identity, {
      handle,
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
 * Ends one session by its handle; where it is said whose, only if it is that subject's. A handle that is none, or of a session
 * that is gone or another subject's, ends nothing.
 */
export async function revokeSession(
  mounted: MountedSession,
  handle: string,
  whose?: { readonly subject?: unknown },
): Promise<boolean> {
  const { handles, name } = mounted
  const sessions = listing(mounted, 'revoke')
  // An option that is there and undefined is a user who is not signed in, and not just any user.
  const given = whose && mounted.hashSubject(whose.subject)
  if (!isHandle(handle)) return false
  const subject = given ?? handles.subjectIn(handle)
  if (subject === null) {
    if (handles.areShared || !handle.includes('.')) return false
    throw new SessionConfigError(
      `revoke() of session '${name}': only the process that made a handle can read it, because the app has no keys: set app.keys, or write revoke(definition, handle, { subject })`,
      name,
    )
  }
  return (await sessions.end(subject, (record) => handles.isOf(handle, record))) > 0
}

/** Which session lives on when all others of its subject end: one id of it, by its row, or all its ids, by its handle. */
export interface Spared {
  readonly row?: Row | undefined
  readonly handle?: string | undefined
}

/** Ends all sessions of a subject, but for one. Says how many. */
export function revokeSessions(mounted: MountedSession, subject: string, { row, handle }: Spared): Promise<number> {
  const isMeant = (record: SessionRecord): boolean => handle === undefined || !mounted.handles.isOf(handle, record)
  return listing(mounted, 'revokeAll').end(mounted.hashSubject(subject), isMeant, row)
}

function listing({ name, options, tracker }: MountedSession, call: string): SubjectSessions {
  const fail = (what: string): never => {
    throw new SessionConfigError(`${call}() of session '${name}': ${what}`, name)
  }
  if (!options.subject) return fail("say whose sessions they are, by the option 'subject'")
  if (!tracker.byId) {
    return fail(
      call === 'revokeAll'
        ? "sessions by value cannot be deleted; give it 'revocations', a storage that holds a generation per subject"
        : "sessions by value are known to nobody but their browsers; keep them in a 'storage'",
    )
  }
  return tracker.subjects ?? fail('its storage cannot list the sessions of a subject')
}
