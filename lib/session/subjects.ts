import type { SessionRecord } from '../contracts/record.ts'
import type { SubjectSessions } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/assemble.ts'
import { SessionConfigError } from '../errors.ts'
import { readBody } from '../lifecycle/body.ts'
import { readData } from '../lifecycle/envelope.ts'
import { isExpired, withIdleTimeout } from '../lifecycle/lifetimes.ts'

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

/** The sessions of a subject, newest first. */
export async function listSessions(
  mounted: MountedSession,
  subject: string,
  current: string | undefined,
  show: (value: object) => unknown,
): Promise<ListedSession<unknown>[]> {
  const listed = new Map<string, ListedSession<unknown>>()
  for await (const { record } of listing(mounted, 'list').list(mounted.hashSubject(subject))) {
    const { createdAt, expiresAt } = record
    if (isExpired(mounted.lifetimes, record, mounted.clock())) continue
    const body = readBody(readData(record.data) ?? '')
    const read = body?.value === undefined ? null : mounted.codec.read(body.value)
    const { idleTimeout } = withIdleTimeout(mounted.lifetimes, body?.idleTimeout)
    const lastSeenAt = idleTimeout === null ? createdAt : Math.max(createdAt, expiresAt - idleTimeout)
    const handle = mounted.handleOf(record)
    const shown = read ? show(read.value) : undefined
    // One that gets another id meanwhile may come twice.
    listed.set(handle, { handle, createdAt, lastSeenAt, expiresAt, current: handle === current, shown })
  }
  return [...listed.values()].sort((one, other) => other.createdAt - one.createdAt)
}

/** Ends one session of a subject by its handle. A handle that is none, or of a session that is gone or another's, ends nothing. */
export async function revokeSession(mounted: MountedSession, handle: string, subject: unknown): Promise<boolean> {
  const isMeant = (record: SessionRecord): boolean => mounted.handleOf(record) === handle
  return (await listing(mounted, 'revoke').end(mounted.hashSubject(subject), isMeant)) > 0
}

/** Ends all sessions of a subject, but for one. Says how many. */
export function revokeSessions(mounted: MountedSession, subject: string, except: string | undefined): Promise<number> {
  const isMeant = (record: SessionRecord): boolean => mounted.handleOf(record) !== except
  return listing(mounted, 'revokeAll').end(mounted.hashSubject(subject), isMeant)
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
