import { andThen, attempt, type Awaitable } from '../base/awaitable.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../contracts/storage.ts'
import { READ_LIMIT, type StorageAccess } from './storage-access.ts'

/** What became of an operation whose answer was lost: its outcome, that it had no effect, or that nobody can tell. */
type Fate<T> = { readonly outcome: T } | 'no-effect' | 'unknown'

/**
 * A storage, each of whose verbs is tried once more where the engine failed (a connection that was reset, a failover). What was
 * under way then may have had its effect all the same: a write is looked for before it is repeated, and known by its nonce, so
 * that it is neither done twice nor taken for somebody else's. Where nobody can tell, the failure stands.
 *
 * All of that within one time limit.
 */
export class RetryingStorage {
  readonly #storage: SessionStorage
  readonly #access: StorageAccess

  constructor(storage: SessionStorage, access: StorageAccess) {
    this.#storage = storage
    this.#access = access
  }

  /** `asked`: the app waits for it by name, and it is given its time. */
  read(key: string, asked: boolean): Awaitable<SessionRecord | null> {
    const read = (): Awaitable<SessionRecord | null> => this.#storage.read(key)
    return asked ? this.#access.run(() => twice(read, noEffect)) : this.#access.brief(read)
  }

  create(key: string, record: SessionRecord): Awaitable<boolean> {
    return this.#access.run(() => {
      const created = twice(() => this.#storage.create(key, record), noEffect)
      return andThen(created, (done) => done || this.#isOwn(key, record))
    })
  }

  update(key: string, record: SessionRecord, expected: number): Awaitable<UpdateOutcome> {
    return this.#access.run(() => {
      const updated = twice(
        () => this.#storage.update(key, record, expected),
        () => andThen(this.#storage.read(key), (now) => fateOfUpdate(now, record, expected)),
      )
      return andThen(updated, (outcome) => (outcome === 'conflict' ? this.#unlessOwn(key, record, outcome) : outcome))
    })
  }

  rotate(from: string, to: string, record: SessionRecord, expected: number): Awaitable<RotateOutcome> {
    return this.#access.run(() => {
      const rotated = twice(() => this.#storage.rotate(from, to, record, expected), noEffect)
      return andThen(rotated, (outcome) => (outcome === 'ok' ? outcome : this.#unlessOwn(to, record, outcome)))
    })
  }

  /** Not tried again: a renewal can wait for the next request. */
  touch(key: string, expiresAt: number): Awaitable<boolean> {
    return this.#access.run(() => this.#storage.touch(key, expiresAt), READ_LIMIT)
  }

  delete(key: string): Awaitable<boolean> {
    return this.#access.run(() => twice(() => this.#storage.delete(key), noEffect))
  }

  /** Deletes for who waits as for a read before a handler. Not tried again: whether it was this one that deleted would be lost. */
  take(key: string): Awaitable<boolean> {
    return this.#access.run(() => this.#storage.delete(key), READ_LIMIT)
  }

  /** Whether what stands there is this very write: drivers, too, repeat what was not answered. */
  #isOwn(key: string, { data }: SessionRecord): Awaitable<boolean> {
    return andThen(this.#storage.read(key), (now) => now?.data === data)
  }

  #unlessOwn<T>(key: string, record: SessionRecord, outcome: T): Awaitable<T | 'ok'> {
    return andThen(this.#isOwn(key, record), (own) => (own ? 'ok' : outcome))
  }
}

function twice<T>(operation: () => Awaitable<T>, fate: () => Awaitable<Fate<T>>): Awaitable<T> {
  return andThen(attempt(operation), (tried) => {
    // Not by its value: what is thrown may be `undefined`.
    if (!('failure' in tried)) return tried.value as T
    const { failure } = tried
    return andThen(fate(), (known) => {
      if (known === 'unknown') throw failure
      return known === 'no-effect' ? operation() : known.outcome
    })
  })
}

/** A verb that finds by itself what it has done already. */
function noEffect(): 'no-effect' {
  return 'no-effect'
}

function fateOfUpdate(now: SessionRecord | null, record: SessionRecord, expected: number): Fate<UpdateOutcome> {
  if (now === null) return { outcome: 'gone' }
  if (now.data === record.data) return { outcome: 'ok' }
  // A later version may stand on this write, or on the one before it.
  return now.version === expected ? 'no-effect' : 'unknown'
}
