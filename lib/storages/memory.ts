import type { Awaitable } from '../base/awaitable.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../contracts/storage.ts'
import { KeyListeners } from './memory/key-listeners.ts'
import { Row } from './memory/row.ts'
import { Slots } from './memory/slots.ts'
import { SubjectIndex } from './memory/subject-index.ts'
import { checkCount, checkOptionNames, checkOptionTypes } from '../base/options.ts'
import { Recency } from './recency.ts'

/** How many rows a `create` looks at, so that the expired go by and by and no request pays for all of them. */
const LOOKS_PER_CREATE = 4
/** How much a `sweep` does before it lets others have their turn: some two milliseconds. */
const LOOKS_PER_TURN = 100_000
const REMOVALS_PER_TURN = 250

/** What {@link memoryStorage} takes. */
export interface MemoryStorageOptions {
  /** How many sessions it holds at most; 100,000 by default, `Infinity` for no bound. */
  readonly maxSessions?: number
  /** What tells the time; the machine's clock by default. */
  readonly clock?: Clock
}

/**
 * Keeps sessions in the memory of this process: they end with it, and no other process sees them.
 *
 * Every verb is synchronous and costs the same however many sessions there are. It can `list` and `watch`. A session takes some 290 bytes beside
 * its value, and 100 more where it has a subject. When it is full, a new session takes the place of an expired one, else of the
 * session without a subject that was used least recently, else of the session that was: visitors, however many, do not sign
 * out users who are signed in. `Infinity` evicts nothing, and grows as long as sessions are created: then `revocations` accept
 * the storage, whose end with the process signs everybody out.
 *
 * Expired sessions are never read. Their memory is freed by and by as new ones are created, or by `sweep`, which
 * removes at most 1,000 at a time unless told otherwise, and lets others have their turn where there are many.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) where `maxSessions` is no count, or an option is unknown.
 *
 * @example
 * const Cart = cookie<Cart>('cart', { storage: memoryStorage({ maxSessions: 10_000 }) })
 */
export function memoryStorage(options: MemoryStorageOptions = {}): SessionStorage {
  checkOptionNames('memoryStorage', options, ['maxSessions', 'clock'])
  checkOptionTypes('memoryStorage', options, { clock: 'function' })
  const { maxSessions = 100_000, clock = systemClock } = options
  return new MemoryStorage(checkCount('memoryStorage({ maxSessions })', maxSessions), clock)
}

class MemoryStorage implements SessionStorage {
  readonly evicts: boolean
  readonly #maxSessions: number
  readonly #clock: Clock
  readonly #rows = new Map<string, Row>()
  /** In the order of their last use: sessions with a subject, and those without, which make room first. */
  readonly #owned = new Recency<Row>()
  readonly #anonymous = new Recency<Row>()
  readonly #subjects = new SubjectIndex()
  readonly #slots = new Slots<Row>()
  readonly #listeners = new KeyListeners()

  constructor(maxSessions: number, clock: Clock) {
    this.evicts = maxSessions !== Infinity
    this.#maxSessions = maxSessions
    this.#clock = clock
  }

  create(key: string, record: SessionRecord): boolean {
    if (this.#live(key) !== undefined) return false
    this.#makeRoom()
    this.#add(new Row(key, record, 1), record.expiresAt)
    return true
  }

  read(key: string): SessionRecord | null {
    const row = this.#live(key)
    if (row === undefined) return null
    this.#recencyOf(row).use(row)
    return row.record(this.#slots.expiryOf(row))
  }

  update(key: string, record: SessionRecord, expected: number): UpdateOutcome {
    const row = this.#live(key)
    if (row === undefined) return 'gone'
    if (row.version !== expected) return 'conflict'
    if (row.subject !== record.subject) {
      this.#subjects.remove(row.subject, key)
      this.#subjects.add(record.subject, key)
    }
    this.#recencyOf(row).remove(row)
    row.replace(record, expected + 1)
    this.#recencyOf(row).add(row)
    this.#slots.setExpiry(row, record.expiresAt)
    this.#listeners.tell(key, 'changed')
    return 'ok'
  }

  touch(key: string, expiresAt: number): boolean {
    const row = this.#live(key)
    if (row === undefined) return false
    if (expiresAt > this.#slots.expiryOf(row)) {
      this.#slots.setExpiry(row, expiresAt)
      this.#listeners.tell(key, 'changed')
    }
    this.#recencyOf(row).use(row)
    return true
  }

  delete(key: string): boolean {
    const row = this.#live(key)
    if (row === undefined) return false
    this.#remove(row)
    return true
  }

  rotate(from: string, to: string, record: SessionRecord, expected: number): RotateOutcome {
    const row = this.#live(from)
    if (row === undefined) return 'gone'
    if (row.version !== expected) return 'conflict'
    if (this.#live(to) !== undefined) return 'exists'
    this.#remove(row)
    this.#add(new Row(to, record, expected + 1), record.expiresAt)
    return 'ok'
  }

  async *list(subject: string): AsyncGenerator<{ key: string; record: SessionRecord }> {
    for (const key of this.#subjects.keys(subject)) {
      const row = this.#live(key)
      if (row?.subject === subject) yield { key, record: row.record(this.#slots.expiryOf(row)) }
    }
  }

  async watch(
    keys: readonly string[],
    listener: (key: string, what: 'changed' | 'gone') => void,
  ): Promise<() => Promise<void>> {
    const leave = this.#listeners.add(keys, listener)
    return async () => leave()
  }

  close(): void {
    this.#listeners.clear()
  }

  sweep(limit: number = 1000): Awaitable<number> {
    this.#slots.startRound()
    return this.#sweep(this.#slots.size, limit, 0)
  }

  countExpired(): number {
    return this.#slots.countExpired(this.#clock())
  }

  #sweep(looks: number, limit: number, removed: number): Awaitable<number> {
    const before = this.#slots.place
    const found = this.#removeExpired(Math.min(looks, LOOKS_PER_TURN), Math.min(limit - removed, REMOVALS_PER_TURN))
    const looked = this.#slots.place - before + found
    if (looked === looks || this.#slots.isRoundOver || !(removed + found < limit)) return removed + found
    return new Promise((resolve) => {
      setImmediate(() => resolve(this.#sweep(looks - looked, limit, removed + found)))
    })
  }

  /**
   * Looks at a few rows, and where the storage is full at all of them if need be, until one has expired: a look at all that was in
   * vain tells until when another one would be. Then a live session has to go.
   */
  #makeRoom(): void {
    this.#lookAround(LOOKS_PER_CREATE, Infinity)
    if (this.#isFull() && this.#slots.mayHaveExpired(this.#clock())) this.#lookAround(this.#slots.size, 1)
    const oldest = this.#anonymous.oldest ?? this.#owned.oldest
    if (this.#isFull() && oldest !== undefined) this.#remove(oldest)
  }

  #recencyOf({ subject }: Row): Recency<Row> {
    return subject === undefined ? this.#anonymous : this.#owned
  }

  #isFull(): boolean {
    return this.#rows.size >= this.#maxSessions
  }

  /** Looks at so many rows of this round, and of the next where this one ends, and removes those that have expired: so many at most. */
  #lookAround(looks: number, most: number): void {
    const found = this.#removeExpired(looks, most)
    if (found === most || !this.#slots.isRoundOver) return
    this.#slots.startRound()
    this.#removeExpired(looks, most - found)
  }

  /** Removes what has expired: so many rows at most, of so many in this round that it looks at. Gives how many they were. */
  #removeExpired(looks: number, most: number): number {
    const now = this.#clock()
    let left = looks
    let removed = 0
    while (left > 0 && removed < most) {
      const before = this.#slots.place
      const row = this.#slots.nextExpired(now, left)
      left -= this.#slots.place - before
      if (row === undefined) break
      this.#remove(row)
      removed++
    }
    return removed
  }

  /** The session under a key. One that has expired goes at once, and so stays gone if the clock is set back. */
  #live(key: string): Row | undefined {
    const row = this.#rows.get(key)
    if (row === undefined || this.#slots.expiryOf(row) > this.#clock()) return row
    this.#remove(row)
    return undefined
  }

  #add(row: Row, expiresAt: number): void {
    this.#rows.set(row.key, row)
    this.#slots.add(row, expiresAt)
    this.#recencyOf(row).add(row)
    this.#subjects.add(row.subject, row.key)
  }

  #remove(row: Row): void {
    this.#rows.delete(row.key)
    this.#slots.remove(row)
    this.#recencyOf(row).remove(row)
    this.#subjects.remove(row.subject, row.key)
    this.#listeners.tell(row.key, 'gone')
  }
}
