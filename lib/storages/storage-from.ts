import { type Awaitable, andThen } from '../base/awaitable.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../contracts/storage.ts'
import { checkOptionNames, checkOptionTypes } from '../base/options.ts'
import { KeyQueue } from '../base/key-queue.ts'
import { checkMethods } from './given.ts'
import { readRecord, writeRecord } from './record-text.ts'

/** Keeps texts by id: the three methods of Ktor's `SessionStorage`. They may answer at once or by a promise. */
export interface TextStorage {
  /** The text that was last written under `id`; `null` or `undefined` where there is none. */
  read(id: string): Awaitable<string | null | undefined>
  /** Keeps `text` under `id`, in the place of what was there. A `read` meanwhile gives one of the two, whole. */
  write(id: string, text: string): Awaitable<void>
  /** Removes what is kept under `id`. Called only where `read` has found something. */
  invalidate(id: string): Awaitable<void>
  /** Whether it may drop a text to make room for others. Such a storage is refused for `revocations`. Default `false`. */
  readonly evicts?: boolean
}

/** What {@link storageFrom} takes. */
export interface StorageFromOptions {
  /** What tells the time; the machine's clock by default. */
  readonly clock?: Clock
}

/**
 * Makes a session storage of anything that can keep a text under a name.
 *
 * **For one process.** That no update is lost, and no destroyed session comes back, holds among the requests of this
 * process, which take turns at each session. Of two processes on one engine, each may overwrite what the other wrote.
 *
 * Every verb but `read` costs a read and at most one write; `rotate` two reads, a removal and a write. A crash in the
 * middle of it may lose the session, never leave two. Nothing is removed because it has expired, unless its id is used
 * again. It cannot `list`.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) where one of the three is no function, or an option is unknown.
 *
 * @example
 * const texts = new Map<string, string>()
 * const storage = storageFrom({
 *   read: (id) => texts.get(id),
 *   write: (id, text) => void texts.set(id, text),
 *   invalidate: (id) => void texts.delete(id),
 * })
 */
export function storageFrom(texts: TextStorage, options: StorageFromOptions = {}): SessionStorage {
  checkMethods('storageFrom', texts, ['read', 'write', 'invalidate'], 'write storageFrom({ read, write, invalidate })')
  checkOptionNames('storageFrom', options, ['clock'])
  checkOptionTypes('storageFrom', options, { clock: 'function' })
  return new StorageOfTexts(texts, options.clock ?? systemClock)
}

class StorageOfTexts implements SessionStorage {
  readonly evicts: boolean
  readonly #texts: TextStorage
  readonly #clock: Clock
  readonly #queue = new KeyQueue()

  constructor(texts: TextStorage, clock: Clock) {
    this.evicts = texts.evicts === true
    this.#texts = texts
    this.#clock = clock
  }

  read(key: string): Awaitable<SessionRecord | null> {
    return andThen(this.#texts.read(key), (text) => this.#live(text))
  }

  create(key: string, record: SessionRecord): Awaitable<boolean> {
    const text = writeRecord(record, 1)
    return this.#queue.run([key], () =>
      andThen(this.read(key), (found) => (found === null ? this.#write(key, text, true) : false)),
    )
  }

  update(key: string, record: SessionRecord, expected: number): Awaitable<UpdateOutcome> {
    const text = writeRecord(record, expected + 1)
    return this.#queue.run([key], () =>
      andThen(this.read(key), (found) => refusal(found, expected) ?? this.#write<UpdateOutcome>(key, text, 'ok')),
    )
  }

  touch(key: string, expiresAt: number): Awaitable<boolean> {
    return this.#queue.run([key], () =>
      andThen(this.read(key), (found) => {
        if (found === null) return false
        if (!(expiresAt > found.expiresAt)) return true
        return this.#write(key, writeRecord({ ...found, expiresAt }, found.version), true)
      }),
    )
  }

  delete(key: string): Awaitable<boolean> {
    return this.#queue.run([key], () =>
      andThen(this.#texts.read(key), (text) => {
        if (text === null || text === undefined) return false
        const wasLive = this.#live(text) !== null
        return andThen(this.#texts.invalidate(key), () => wasLive)
      }),
    )
  }

  rotate(from: string, to: string, record: SessionRecord, expected: number): Awaitable<RotateOutcome> {
    const text = writeRecord(record, expected + 1)
    return this.#queue.run([from, to], () =>
      andThen(this.read(from), (found) => {
        const refused = refusal(found, expected)
        if (refused !== undefined) return refused
        return andThen(this.read(to), (taken): Awaitable<RotateOutcome> => {
          if (taken !== null) return 'exists'
          // In this order: a crash between the two loses the session, in the other it would leave two.
          return andThen(this.#texts.invalidate(from), () => this.#write<RotateOutcome>(to, text, 'ok'))
        })
      }),
    )
  }

  #write<T>(key: string, text: string, outcome: T): Awaitable<T> {
    return andThen(this.#texts.write(key, text), () => outcome)
  }

  #live(text: unknown): SessionRecord | null {
    const record = readRecord(text)
    return record !== null && record.expiresAt > this.#clock() ? record : null
  }
}

function refusal(found: SessionRecord | null, expected: number): 'gone' | 'conflict' | undefined {
  if (found === null) return 'gone'
  return found.version === expected ? undefined : 'conflict'
}
