import type { Clock } from '../base/clock.ts'
import { refuse } from '../base/refusal.ts'
import type { SessionTracker, Tracked } from '../contracts/tracker.ts'
import { readEnvelope, writeEnvelope } from '../lifecycle/envelope.ts'
import { isExpired, type Lifetimes } from '../lifecycle/lifetimes.ts'

/** The token is the session: value and deadlines travel in it. What protects it is the transformer's business. */
export function byValue(lifetimes: Lifetimes, clock: Clock): SessionTracker {
  /** Its deadline may pass while a request holds it, and then it must not get another. */
  const hasEnded = (session: Tracked | null): boolean => session !== null && isExpired(lifetimes, session, clock())
  return {
    byId: false,
    load(text) {
      const envelope = readEnvelope(text)
      if (!envelope) return refuse('malformed')
      return isExpired(lifetimes, envelope, clock()) ? refuse('expired') : envelope
    },
    token: writeEnvelope,
    save: ({ from, text, createdAt, expiresAt }) => (hasEnded(from) ? 'gone' : { text, createdAt, expiresAt }),
    renew: (session, expiresAt) => (hasEnded(session) ? 'gone' : { ...session, expiresAt }),
    destroy: () => undefined,
  }
}
