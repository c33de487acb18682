import type { Awaitable } from '../../base/awaitable.ts'
import type { Clock } from '../../base/clock.ts'
import type { SessionRecord } from '../../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../../contracts/storage.ts'
import { KeyListeners, type KeyListener } from '../shared/key-listeners.ts'
import { LeastRecentlyUsed } from '../shared/least-recently-used.ts'
import { ExpiryTable } from './expiry-table.ts'
import { StoredSession } from './stored-session.ts'
import { SubjectKeys } from './subject-keys.ts'

/** How many sessions a `create` scans, so that the cost of removing expired ones is spread over all requests. */
const SCANS_PER_CREATE = 4
/** How much a `sweep` does before it yields to other work: about 2 ms. */
const SCANS_PER_TURN = 100_000
const REMOVALS_PER_TURN = 250

/** Sessions in a `Map`. */
export class MemorySessionStorage implements SessionStorage {
  readonly evicts: boolean
  readonly #maxSessions: number
  readonly #clock: Clock
  readonly #sessions = new Map<string, StoredSession>()
  readonly #withSubject = new LeastRecentlyUsed<StoredSession>()
  /** Evicted before those with a subject. */
  readonly #anonymous = new LeastRecentlyUsed<StoredSession>()
  readonly #subjects = new SubjectKeys()
  readonly #expiries = new ExpiryTable<StoredSession>()
  readonly #listeners = new KeyListeners((key) => key)

  constructor(maxSessions: number, clock: Clock) {
    this.evicts = maxSessions !== Infinity
    this.#maxSessions = maxSessions
    this.#clock = clock
  }

  create(key: string, record: SessionRecord): boolean {
    if (this.#live(key) !== undefined) return false
    this.#makeRoom()
    this.#add(new StoredSession(key, record, 1), record.expiresAt)
    return true
  }

  read(key: string): SessionRecord | null {
    const session = this.#live(key)
    if (session === undefined) return null
    this.#usageOf(session).use(session)
    return session.record(this.#expiries.expiryOf(session))
  }

  update(key: string, record: SessionRecord, expected: number): UpdateOutcome {
    const session = this.#live(key)
    if (session === undefined) return 'gone'
    if (session.version !== expected) return 'conflict'
    if (session.subject !== record.subject) {
      this.#subjects.remove(session.subject, key)
      this.#subjects.add(record.subject, key)
    }
    this.#usageOf(session).remove(session)
    session.replace(record, expected + 1)
    this.#usageOf(session).add(session)
    this.#expiries.setExpiry(session, record.expiresAt)
    this.#listeners.notify(key, 'changed')
    return 'ok'
  }

  touch(key: string, expiresAt: number): boolean {
    const session = this.#live(key)
    if (session === undefined) return false
    if (expiresAt > this.#expiries.expiryOf(session)) {
      this.#expiries.setExpiry(session, expiresAt)
      this.#listeners.notify(key, 'changed')
    }
    this.#usageOf(session).use(session)
    return true
  }

  delete(key: string): boolean {
    const session = this.#live(key)
    if (session === undefined) return false
    this.#remove(session)
    return true
  }

  rotate(from: string, to: string, record: SessionRecord, expected: number): RotateOutcome {
    const session = this.#live(from)
    if (session === undefined) return 'gone'
    if (session.version !== expected) return 'conflict'
    if (this.#live(to) !== undefined) return 'exists'
    this.#remove(session)
    this.#add(new StoredSession(to, record, expected + 1), record.expiresAt)
    return 'ok'
  }

  async *list(subject: string): AsyncGenerator<{ key: string; record: SessionRecord }> {
    for (const key of this.#subjects.keys(subject)) {
      const session = this.#live(key)
      if (session?.subject === subject) yield { key, record: session.record(this.#expiries.expiryOf(session)) }
    }
  }

  async watch(keys: readonly string[], listener: KeyListener): Promise<() => Promise<void>> {
    const remove = this.#listeners.add(keys, listener)
    return async () => remove()
  }

  close(): void {
    this.#listeners.clear()
  }

  sweep(limit: number = 1000): Awaitable<number> {
    this.#expiries.startRound()
    return this.#sweep(this.#expiries.size, limit, 0)
  }

  countExpired(): number {
    return this.#expiries.countExpired(this.#clock())
  }

  #sweep(scans: number, limit: number, removed: number): Awaitable<number> {
    const before = this.#expiries.position
    const found = this.#removeExpired(Math.min(scans, SCANS_PER_TURN), Math.min(limit - removed, REMOVALS_PER_TURN))
    const scanned = this.#expiries.position - before + found
    if (scanned === scans || this.#expiries.isRoundOver || !(removed + found < limit)) return removed + found
    return new Promise((resolve) => {
      setImmediate(() => resolve(this.#sweep(scans - scanned, limit, removed + found)))
    })
  }

  /**
   * Scans a few sessions, and if the storage is full, all of them up to the first expired one. A full scan without a result tells
   * when the next session expires, and is not repeated before. If none has expired, a live session is evicted.
   */
  #makeRoom(): void {
    this.#scan(SCANS_PER_CREATE, Infinity)
    if (this.#isFull() && this.#expiries.mayHaveExpired(this.#clock())) this.#scan(this.#expiries.size, 1)
    const oldest = this.#anonymous.oldest ?? this.#withSubject.oldest
    if (this.#isFull() && oldest !== undefined) this.#remove(oldest)
  }

  #usageOf({ subject }: StoredSession): LeastRecentlyUsed<StoredSession> {
    return subject === undefined ? this.#anonymous : this.#withSubject
  }

  #isFull(): boolean {
    return this.#sessions.size >= this.#maxSessions
  }

  /** As {@link #removeExpired}, but continues with the next round when this one ends. */
  #scan(scans: number, limit: number): void {
    const found = this.#removeExpired(scans, limit)
    if (found === limit || !this.#expiries.isRoundOver) return
    this.#expiries.startRound()
    this.#removeExpired(scans, limit - found)
  }

  /** Scans at most `scans` sessions of this round, and removes at most `limit` expired ones. Returns how many it removed. */
  #removeExpired(scans: number, limit: number): number {
    const now = this.#clock()
    let left = scans
    let removed = 0
    while (left > 0 && removed < limit) {
      const before = this.#expiries.position
      const session = this.#expiries.nextExpired(now, left)
      left -= this.#expiries.position - before
      if (session === undefined) break
      this.#remove(session)
      removed++
    }
    return removed
  }

  /** Removes the session if it has expired: it then stays gone, even if the clock is set back. */
  #live(key: string): StoredSession | undefined {
    const session = this.#sessions.get(key)
    if (session === undefined || this.#expiries.expiryOf(session) > this.#clock()) return session
    this.#remove(session)
    return undefined
  }

  #add(session: StoredSession, expiresAt: number): void {
    this.#sessions.set(session.key, session)
    this.#expiries.add(session, expiresAt)
    this.#usageOf(session).add(session)
    this.#subjects.add(session.subject, session.key)
  }

  #remove(session: StoredSession): void {
    this.#sessions.delete(session.key)
    this.#expiries.remove(session)
    this.#usageOf(session).remove(session)
    this.#subjects.remove(session.subject, session.key)
    this.#listeners.notify(session.key, 'gone')
  }
}
