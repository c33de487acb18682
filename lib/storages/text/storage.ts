import { type Awaitable, andThen } from '../../base/awaitable.ts'
import type { Clock } from '../../base/clock.ts'
import { KeyQueue } from '../../base/key-queue.ts'
import type { SessionRecord } from '../../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../../contracts/storage.ts'
import { recordFromJson, recordToJson } from '../shared/record-json.ts'
import type { TextStorage } from './text-storage.ts'

/** Sessions as JSON texts. The operations on one key run one at a time, which makes compare-and-set safe in this process. */
export class TextSessionStorage implements SessionStorage {
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
    const text = recordToJson(record, 1)
    return this.#queue.run([key], () =>
      andThen(this.read(key), (found) => (found === null ? this.#write(key, text, true) : false)),
    )
  }

  update(key: string, record: SessionRecord, expected: number): Awaitable<UpdateOutcome> {
    const text = recordToJson(record, expected + 1)
    return this.#queue.run([key], () =>
      andThen(this.read(key), (found) => mismatch(found, expected) ?? this.#write<UpdateOutcome>(key, text, 'ok')),
    )
  }

  touch(key: string, expiresAt: number): Awaitable<boolean> {
    return this.#queue.run([key], () =>
      andThen(this.read(key), (found) => {
        if (found === null) return false
        if (!(expiresAt > found.expiresAt)) return true
        return this.#write(key, recordToJson({ ...found, expiresAt }, found.version), true)
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
    const text = recordToJson(record, expected + 1)
    return this.#queue.run([from, to], () =>
      andThen(this.read(from), (found) => {
        const failed = mismatch(found, expected)
        if (failed !== undefined) return failed
        return andThen(this.read(to), (taken): Awaitable<RotateOutcome> => {
          if (taken !== null) return 'exists'
          // A crash between the two loses the session; in the reverse order it would leave two.
          return andThen(this.#texts.invalidate(from), () => this.#write<RotateOutcome>(to, text, 'ok'))
        })
      }),
    )
  }

  #write<T>(key: string, text: string, outcome: T): Awaitable<T> {
    return andThen(this.#texts.write(key, text), () => outcome)
  }

  #live(text: unknown): SessionRecord | null {
    const record = recordFromJson(text)
    return record !== null && record.expiresAt > this.#clock() ? record : null
  }
}

function mismatch(found: SessionRecord | null, expected: number): 'gone' | 'conflict' | undefined {
  if (found === null) return 'gone'
  return found.version === expected ? undefined : 'conflict'
}
