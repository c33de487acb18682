import { andThen, type Awaitable } from '../base/awaitable.ts'
import type { Clock } from '../base/clock.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { Saved, SessionTracker, Tracked } from '../contracts/tracker.ts'
import { valueAlone } from '../formats/payload.ts'
import { readEnvelope, writeEnvelope, type Envelope } from '../formats/envelope.ts'
import { currentDeadline, deadline, isExpired, keptIdle, type Lifetimes } from '../base/expiry.ts'
import type { Generations } from './generations.ts'

/** What sessions by value need to be revoked. */
export interface Revocable {
  readonly generations: Generations
  /** Whose session a body is, as a record would say it; `undefined` for nobody's. */
  subjectOf(text: string): string | undefined
}

/**
 * The token is the session: value and deadlines travel in it. What protects it is the transformer's business.
 *
 * @param authenticated Whether a client cannot have written what the transformer decoded.
 */
export function byValue(
  lifetimes: Lifetimes,
  clock: Clock,
  authenticated: boolean,
  revocable?: Revocable,
): SessionTracker {
  /** Whether a session that becomes another subject's without a login was revoked while this request held it. */
  function isRevoked(from: Tracked | null, subject: string | undefined): Awaitable<boolean> {
    if (!revocable || !from || subject === undefined) return false
    return andThen(revocable.generations.current(subject, true), (current) => (from.generation ?? 0) !== current)
  }

  return {
    byId: false,
    load(text, asked) {
      const written = readEnvelope(text)
      if (!written) return refuse('malformed')
      const now = clock()
      const present = underPresentIdle(lifetimes, written)
      if (isExpired(lifetimes, present, now)) return refuse('expired')
      const envelope = authenticated ? present : credible(present, lifetimes, now)
      if (!envelope) return refuse('invalid-value')
      const subject = revocable?.subjectOf(envelope.text)
      if (!revocable || subject === undefined) return envelope
      const made = envelope.generation ?? 0
      return andThen(revocable.generations.current(subject, asked), (current): Tracked | Refused => {
        if (made === current) return envelope
        // The storage may have lost it, or a cache in front may not know it yet: the client keeps its token.
        return refuse(made < current ? 'expired' : 'unknown-id')
      })
    },
    token: writeEnvelope,
    save({ now, from, login, text, createdAt, expiresAt, idle, subject }) {
      // Its deadline may pass while a request holds it, and then it must not get another.
      if (from && isExpired(lifetimes, from, now)) return 'gone'
      const session = { text, createdAt, expiresAt, ...(idle !== undefined && { idle }) }
      if (!revocable || subject === undefined) return session
      const before = from && !login ? revocable.subjectOf(from.text) : undefined
      // One that was read keeps its generation: what was revoked while this request held it stays so.
      if (from && !login && before === subject) return { ...session, generation: from.generation ?? 0 }
      return andThen(isRevoked(from, before), (revoked) =>
        revoked
          ? 'gone'
          : andThen(revocable.generations.begun(subject), (generation): Saved => ({ ...session, generation })),
      )
    },
    renew(session, expiresAt) {
      if (isExpired(lifetimes, session, clock())) return 'gone'
      return session.idle === undefined
        ? { ...session, expiresAt }
        : { ...session, expiresAt, idle: keptIdle(lifetimes) }
    },
    revoke: revocable && ((subject) => revocable.generations.advance(subject)),
    destroy: () => undefined,
  }
}

/** A session as it is under the idle timeout that the definition has now. */
function underPresentIdle(lifetimes: Lifetimes, envelope: Envelope): Envelope {
  const expiresAt = currentDeadline(lifetimes, envelope)
  return expiresAt === envelope.expiresAt ? envelope : { ...envelope, expiresAt, idle: keptIdle(lifetimes) }
}

/** What is believed of what a client may have written: a value, and no more time than a session has that begins now. */
function credible({ text, createdAt, expiresAt }: Envelope, lifetimes: Lifetimes, now: number): Envelope | null {
  const value = valueAlone(text)
  if (value === null) return null
  const since = Math.min(createdAt, now)
  return {
    text: value,
    createdAt: since,
    expiresAt: Math.min(expiresAt, deadline(lifetimes, since, now)),
    idle: keptIdle(lifetimes),
  }
}
