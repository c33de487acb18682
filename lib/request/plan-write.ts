import { randomText } from '../base/random.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { Change, Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { writeBody, type Body } from '../formats/payload.ts'
import { deadline, keptIdle, withIdleTimeout } from '../base/expiry.ts'
import { applyChanges, type PendingChanges } from './changes.ts'

/** The write that pending changes result in, for the session as it was last seen. */
export interface PlannedWrite {
  readonly changes: PendingChanges
  /** The session that they apply to; `null` for a new one. */
  readonly session: Tracked | null
  readonly body: Body
  /** The body, serialized. */
  readonly text: string
  /** The session's subject afterwards, as the record keeps it. */
  readonly subject: string | undefined
  /** Whether it is a login: a new id, and a new absolute timeout. */
  readonly login: boolean
  /** Whether the subject is another one than before: the old id must not lead to the session any more. */
  readonly isOther: boolean
  /** By id: the id of a new session, or the one that replaces the old id. */
  readonly id: string | undefined
  /** Whether there is anything to store. */
  readonly isNeeded: boolean
  /** Whether the client must be sent a new token. */
  readonly needsHeader: boolean
}

/** What planning needs to know. */
export interface Basis {
  readonly mounted: MountedSession
  readonly exchange: Exchange
  readonly session: Tracked | null
  bodyOf(session: Tracked): Body
  parse(text: string): object | undefined
  newId(): string | undefined
}

const FLASH_ID_BYTES = 12
const NOTHING: Body = Object.freeze({})

/** @throws SessionValueError (`ERR_SESSION_VALUE`) if a schema refuses what changes of keys lead to. */
export function planWrite(basis: Basis, changes: PendingChanges): PlannedWrite {
  const { mounted, session } = basis
  const { tracker, codec, random, options } = mounted
  const before = session === null ? NOTHING : basis.bodyOf(session)
  const body = applyChanges(changes, before, codec, () => randomText(random, FLASH_ID_BYTES))
  const subject = options.subject && subjectOf(basis, body)
  const earlier = session?.row ? session.row.record.subject : options.subject && session && subjectOf(basis, before)
  const isOther = session !== null && subject !== (earlier ?? undefined)
  const isLogin = changes.login === true || (isOther && (earlier === undefined || changes.isGiven === true))
  const login = session !== null && isLogin
  const text = writeBody(body)
  const moves = session === null || login || isOther || changes.regenerate !== undefined
  const isNeeded = session ? moves || text !== session.text : body.value !== undefined || body.flash !== undefined
  const id = isNeeded && moves && tracker.byId ? basis.newId() : undefined
  const needsHeader = isNeeded && (moves || !tracker.byId)
  return { changes, session, body, text, subject, login, isOther, id, isNeeded, needsHeader }
}

/** What a planned write asks of the tracker. A login begins a new absolute timeout, any write a new idle one. */
export function changeOf({ mounted, exchange }: Basis, plan: PlannedWrite, from: Tracked | null): Change {
  const { lifetimes } = mounted
  const { text, body, subject, login, id, isOther, changes } = plan
  const now = mounted.clock()
  const createdAt = from && !login ? from.createdAt : now
  return {
    now,
    text,
    createdAt,
    idle: body.idleTimeout === undefined ? keptIdle(lifetimes) : undefined,
    expiresAt: deadline(withIdleTimeout(lifetimes, body.idleTimeout), createdAt, now),
    subject,
    from,
    id,
    newId: () => mounted.newId(exchange.context),
    login,
    keepOld: changes.regenerate === 'copy' && !isOther && !login,
  }
}

/** The subject of a body. @throws SessionConfigError (`ERR_SESSION_CONFIG`) if the definition's `subject` gives no string. */
export function subjectOf(basis: Basis, { value }: Body): string | undefined {
  const parsed = value === undefined ? undefined : basis.parse(value)
  return parsed && basis.mounted.subjectOf(parsed)
}
