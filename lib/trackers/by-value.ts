import { andThen, type Awaitable } from '../base/awaitable.ts'
import type { Clock } from '../base/clock.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { Change, Patience, Saved, SessionTracker, Tracked } from '../contracts/tracker.ts'
import { valueAlone } from '../formats/payload.ts'
import { readEnvelope, writeEnvelope, type Envelope } from '../formats/envelope.ts'
import { currentDeadline, deadline, isExpired, keptIdle, type Lifetimes } from '../base/expiry.ts'
import type { Generations } from './generations.ts'

/** What the revocation of sessions by value needs. */
export interface Revocable {
  readonly generations: Generations
  /** The subject of a body, as a record would have it; `undefined` if it has none. */
  subjectOf(text: string): string | undefined
}

/** The token is the session: its value and its deadlines. Protecting it is the transformer's task. */
export class ByValue implements SessionTracker {
  readonly byId = false
  readonly token: SessionTracker['token'] = writeEnvelope
  readonly revoke: SessionTracker['revoke']
  readonly #lifetimes: Lifetimes
  readonly #clock: Clock
  readonly #authenticated: boolean
  readonly #revocable: Revocable | undefined

  /** @param authenticated Whether the client cannot have written what the transformer decoded. */
  constructor(lifetimes: Lifetimes, clock: Clock, authenticated: boolean, revocable?: Revocable) {
    this.#lifetimes = lifetimes
    this.#clock = clock
    this.#authenticated = authenticated
    this.#revocable = revocable
    this.revoke = revocable && ((subject) => revocable.generations.advance(subject))
  }

  load(text: string, patience: Patience): Awaitable<Tracked | Refused> {
    const written = readEnvelope(text)
    if (!written) return refuse('malformed')
    const now = this.#clock()
    const isCurrent = written.idle === undefined || written.idle === this.#lifetimes.idleTimeout
    const current = isCurrent ? written : underCurrentIdle(this.#lifetimes, written)
    if (isExpired(this.#lifetimes, current, now)) return refuse('expired')
    const envelope = this.#authenticated ? current : credible(current, this.#lifetimes, now)
    if (!envelope) return refuse('invalid-value')
    return this.#revocable ? unlessRevoked(this.#revocable, envelope, patience) : envelope
  }

  save(change: Change): Awaitable<Saved> {
    const { now, from, login, text, createdAt, expiresAt, idle, subject } = change
    // The deadline may have passed since the request read the session, which must not get another one.
    if (from && isExpired(this.#lifetimes, from, now)) return 'gone'
    const session = { text, createdAt, expiresAt, ...(idle !== undefined && { idle }) }
    const revocable = this.#revocable
    if (!revocable || subject === undefined) return session
    const before = from && !login ? revocable.subjectOf(from.text) : undefined
    // A session keeps the generation that it was read with, so that a revocation since then holds.
    if (from && !login && before === subject) return { ...session, generation: from.generation ?? 0 }
    return andThen(isRevoked(revocable, from, before), (revoked) =>
      revoked
        ? 'gone'
        : andThen(revocable.generations.begun(subject), (generation): Saved => ({ ...session, generation })),
    )
  }

  renew(session: Tracked, expiresAt: number): Tracked | 'gone' {
    if (isExpired(this.#lifetimes, session, this.#clock())) return 'gone'
    return session.idle === undefined
      ? { ...session, expiresAt }
      : { ...session, expiresAt, idle: keptIdle(this.#lifetimes) }
  }

  destroy(): void {}
}

function unlessRevoked(revocable: Revocable, envelope: Envelope, patience: Patience): Awaitable<Tracked | Refused> {
  const subject = revocable.subjectOf(envelope.text)
  if (subject === undefined) return envelope
  const made = envelope.generation ?? 0
  return andThen(revocable.generations.current(subject, patience), (current): Tracked | Refused => {
    if (made === current) return envelope
    // Unknown: the storage may have lost the newer generation, or a cache in front may not have it yet. The client keeps its token.
    return refuse(made < current ? 'expired' : 'unknown-id')
  })
}

/** Whether a session that changes its subject without a login was revoked while this request held it. */
function isRevoked({ generations }: Revocable, from: Tracked | null, subject: string | undefined): Awaitable<boolean> {
  if (!from || subject === undefined) return false
  return andThen(generations.current(subject, 'full'), (current) => (from.generation ?? 0) !== current)
}

/** A session under the idle timeout that the definition has now. */
function underCurrentIdle(lifetimes: Lifetimes, envelope: Envelope): Envelope {
  const expiresAt = currentDeadline(lifetimes, envelope)
  return expiresAt === envelope.expiresAt ? envelope : { ...envelope, expiresAt, idle: keptIdle(lifetimes) }
}

/** The credible part of a session that the client may have written: a value, and at most the lifetime of a session created now. */
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
