import { randomText } from '../base/random.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { Change, Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { writeBody, type Body } from '../formats/payload.ts'
import { deadline, keptIdle, withIdleTimeout } from '../base/expiry.ts'
import { applyDraft, type Draft } from './draft.ts'

/** What a draft comes to, on the session as it is now. */
export interface DraftPlan {
  readonly draft: Draft
  readonly body: Body
  readonly text: string
  /** Whose session it will be, as the record says it. */
  readonly subject: string | undefined
  /** Whether somebody signs in: a new id, the absolute clock anew. */
  readonly login: boolean
  /** Whether the session is another subject's than before: the old id must not lead to it. */
  readonly isOther: boolean
  /** By id: the id of a new session, or the one that takes over. */
  readonly id: string | undefined
  /** Whether there is anything to store. */
  readonly changes: boolean
  /** Whether the client must learn a new token. */
  readonly needsHeader: boolean
}

/** What planning needs to know of a session's state. */
export interface PlanBasis {
  readonly mounted: MountedSession
  readonly exchange: Exchange
  /** The session as it is now; `null` where there is none. */
  readonly base: Tracked | null
  bodyOf(session: Tracked): Body
  parse(text: string): object | undefined
  newId(): string | undefined
}

const FLASH_ID_BYTES = 12

export function planDraft(state: PlanBasis, draft: Draft): DraftPlan {
  const { mounted, base } = state
  const { tracker } = mounted
  const body = applyDraft(draft, base ? state.bodyOf(base) : {}, mounted.codec, () =>
    randomText(mounted.random, FLASH_ID_BYTES),
  )
  const subject = subjectOf(state, body)
  const before = base === null ? undefined : subjectBefore(state, base)
  const isOther = base !== null && subject !== before
  const login = base !== null && (draft.login === true || (isOther && (before === undefined || draft.isGiven === true)))
  const text = writeBody(body)
  const moves = base === null || login || isOther || draft.regenerate !== undefined
  const changes = base ? moves || text !== base.text : body.value !== undefined || body.flash !== undefined
  const id = changes && moves && tracker.byId ? state.newId() : undefined
  return { draft, body, text, subject, login, isOther, id, changes, needsHeader: changes && (moves || !tracker.byId) }
}

/** What a plan asks of a storage. A login starts the absolute clock anew, any write the idle one. */
export function changeOf(state: PlanBasis, plan: DraftPlan, from: Tracked | null): Change {
  const { mounted, exchange } = state
  const now = mounted.clock()
  const createdAt = from && !plan.login ? from.createdAt : now
  return {
    now,
    text: plan.text,
    createdAt,
    idle: plan.body.idleTimeout === undefined ? keptIdle(mounted.lifetimes) : undefined,
    expiresAt: deadline(withIdleTimeout(mounted.lifetimes, plan.body.idleTimeout), createdAt, now),
    subject: plan.subject,
    from,
    id: plan.id,
    newId: () => mounted.newId(exchange.context),
    login: plan.login,
    keepOld: plan.draft.regenerate === 'copy' && !plan.isOther && !plan.login,
  }
}

function subjectBefore(state: PlanBasis, session: Tracked): string | undefined {
  return session.row ? session.row.record.subject : subjectOf(state, state.bodyOf(session))
}

/** Whose session a body is. @throws SessionConfigError (`ERR_SESSION_CONFIG`) where its subject is no text. */
export function subjectOf(state: PlanBasis, { value }: Body): string | undefined {
  const { mounted } = state
  const parsed = mounted.options.subject && value !== undefined ? state.parse(value) : undefined
  return parsed && mounted.subjectOf(parsed)
}
