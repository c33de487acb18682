import { andThen, isPromise, type Awaitable } from '../base/awaitable.ts'
import type { Clock } from '../base/clock.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../contracts/storage.ts'
import type { Patience } from '../contracts/tracker.ts'
import { SessionStorageError } from '../errors.ts'
import { CircuitBreaker } from './circuit-breaker.ts'
import { storageFailure } from './storage-failure.ts'

type List = NonNullable<SessionStorage['list']>
type Watch = NonNullable<SessionStorage['watch']>
type KeyedRecord = { readonly key: string; readonly record: SessionRecord }

/** How long a storage may take to answer, in milliseconds. */
const LIMITS: Readonly<Record<Patience, number>> = { brief: 1000, full: 5000 }

/**
 * The storage of an app, as everything above the storages uses it. Each operation ends within a time limit, and each failure is
 * a `SessionStorageError` whose cause shows no key or value. What the storage answers synchronously stays synchronous. The client has
 * the optional methods that the storage has.
 *
 * After a failure (a connection that was reset, a failover) an operation is tried once more, within the same limit. The failed attempt
 * may have had its effect: a write is recognised by the nonce in its `data`, so that it is neither repeated nor taken for the write of
 * another request. Where that cannot be told, the failure stands.
 */
export class StorageClient implements SessionStorage {
  readonly list?: List
  readonly watch?: Watch
  readonly sweep?: (limit?: number) => Awaitable<number>
  readonly countExpired?: () => Awaitable<number>
  readonly #storage: SessionStorage
  readonly #session: string
  readonly #breaker: CircuitBreaker
  readonly #limits: Readonly<Record<Patience, number>>

  /**
   * @param session The name of a session that the storage holds, for messages.
   * @param limits For tests.
   */
  constructor(
    storage: SessionStorage,
    session: string,
    clock: Clock,
    limits: Readonly<Record<Patience, number>> = LIMITS,
  ) {
    this.#storage = storage
    this.#session = session
    this.#breaker = new CircuitBreaker(session, clock)
    this.#limits = limits
    const list = storage.list?.bind(storage)
    const watch = storage.watch?.bind(storage)
    const sweep = storage.sweep?.bind(storage)
    const countExpired = storage.countExpired?.bind(storage)
    if (list) this.list = (subject) => this.#list(list, subject)
    if (watch) this.watch = (keys, listener) => this.#watch(watch, keys, listener)
    if (sweep) this.sweep = (limit) => this.#run(() => sweep(limit), Infinity)
    if (countExpired) this.countExpired = () => this.#run(countExpired, Infinity)
  }

  /** `brief`: one attempt, and none during the pause that follows failures. */
  read(key: string, patience: Patience = 'full'): Awaitable<SessionRecord | null> {
    if (patience === 'full') return this.#retry(() => this.#storage.read(key))
    const answersBefore = this.#breaker.enter()
    try {
      // Not by #run: every request that has a token comes here.
      const record = this.#storage.read(key)
      if (isPromise(record)) return this.#wait(record, this.#limits.brief, answersBefore)
      this.#breaker.answered()
      return record
    } catch (error) {
      this.#breaker.failed(answersBefore)
      throw storageFailure(this.#session, error)
    }
  }

  create(key: string, record: SessionRecord): Awaitable<boolean> {
    return this.#retry(() =>
      andThen(this.#storage.create(key, record), (created) => created || this.#isOwn(key, record)),
    )
  }

  update(key: string, record: SessionRecord, expected: number): Awaitable<UpdateOutcome> {
    const update = (): Awaitable<UpdateOutcome> => {
      const outcome = this.#storage.update(key, record, expected)
      return outcome === 'ok' ? outcome : andThen(outcome, (known) => this.#unlessOwn(key, record, known))
    }
    return this.#retry(update, (failure) =>
      andThen(this.#storage.read(key), (now) => {
        if (now === null) return 'gone'
        if (now.data === record.data) return 'ok'
        if (now.version === expected) return update()
        // A later version may follow this write, or the version before it.
        throw failure
      }),
    )
  }

  rotate(from: string, to: string, record: SessionRecord, expected: number): Awaitable<RotateOutcome> {
    return this.#retry(() =>
      andThen(this.#storage.rotate(from, to, record, expected), (outcome) => this.#unlessOwn(to, record, outcome)),
    )
  }

  /** Under the brief limit, without a retry: the next request renews the session again. */
  touch(key: string, expiresAt: number): Awaitable<boolean> {
    return this.#run(() => this.#storage.touch(key, expiresAt), this.#limits.brief)
  }

  delete(key: string): Awaitable<boolean> {
    return this.#retry(() => this.#storage.delete(key))
  }

  /** Deletes under the brief limit, without a retry: after a lost answer it would be unknown which request deleted the record. */
  take(key: string): Awaitable<boolean> {
    return this.#run(() => this.#storage.delete(key), this.#limits.brief)
  }

  /** Each step has its own time limit. Nothing is tried again. */
  async *#list(list: List, subject: string): AsyncGenerator<KeyedRecord> {
    let records: AsyncIterator<KeyedRecord> | undefined
    const next = (): Promise<IteratorResult<KeyedRecord>> => (records ??= list(subject)[Symbol.asyncIterator]()).next()
    let ended: boolean | undefined = false
    try {
      for (;;) {
        const { done, value } = await this.#run(next, this.#limits.full)
        ended = done
        if (done) return
        yield value
      }
    } finally {
      // Not awaited: if `next` hangs, so does `return`.
      if (!ended) records?.return?.().catch(() => undefined)
    }
  }

  /**
   * Starts a watch under the brief limit, since a request waits for it. A watch that starts after the limit is cancelled.
   * Messages about other keys, or after the end, are dropped.
   */
  async #watch(watch: Watch, keys: readonly string[], listener: Parameters<Watch>[1]): ReturnType<Watch> {
    let isEnded = false
    const starting = Promise.resolve()
      .then(() => watch(keys, (key, what) => isEnded || !keys.includes(key) || listener(key, what)))
      .then(checkedUnwatch)
    try {
      const unwatch = await this.#run(() => starting, this.#limits.brief)
      return () => {
        isEnded = true
        return unwatch()
      }
    } catch (error) {
      isEnded = true
      starting.then((unwatch) => unwatch()).catch(() => undefined)
      throw error
    }
  }

  /** Whether the record under a key is this very write. Drivers repeat unanswered writes, too. */
  #isOwn(key: string, { data }: SessionRecord): Awaitable<boolean> {
    return andThen(this.#storage.read(key), (now) => now?.data === data)
  }

  #unlessOwn<T>(key: string, record: SessionRecord, outcome: T): Awaitable<T | 'ok'> {
    if (outcome === 'ok') return outcome
    return andThen(this.#isOwn(key, record), (own) => (own ? 'ok' : outcome))
  }

  /** Runs an operation under the full limit. After a failure it runs `recover`, by default the operation again. */
  #retry<T>(operation: () => Awaitable<T>, recover: (failure: unknown) => Awaitable<T> = operation): Awaitable<T> {
    try {
      const result = operation()
      if (isPromise(result)) return this.#wait(result.then(undefined, recover), this.#limits.full)
      this.#breaker.answered()
      return result
    } catch (failure) {
      return this.#run(() => recover(failure), this.#limits.full)
    }
  }

  /** @param limit In milliseconds; `Infinity` for none. */
  #run<T>(operation: () => Awaitable<T>, limit: number): Awaitable<T> {
    try {
      const result = operation()
      if (isPromise(result)) return this.#wait(result, limit)
      this.#breaker.answered()
      return result
    } catch (error) {
      throw storageFailure(this.#session, error)
    }
  }

  /** @param answersBefore What the circuit breaker returned, if a failure is to count. */
  #wait<T>(result: Promise<T>, limit: number, answersBefore?: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (failure: SessionStorageError): void => {
        if (answersBefore !== undefined) this.#breaker.failed(answersBefore)
        reject(failure)
      }
      let isLate = false
      const expire = (): void => {
        isLate = true
        fail(this.#tooLate(limit))
      }
      const timer = limit === Infinity ? undefined : setTimeout(expire, limit)
      result.then(
        (value) => {
          if (isLate) return
          clearTimeout(timer)
          this.#breaker.answered()
          resolve(value)
        },
        (error: unknown) => {
          clearTimeout(timer)
          const failure = storageFailure(this.#session, error)
          if (!isLate) fail(failure)
        },
      )
    })
  }

  #tooLate(limit: number): SessionStorageError {
    const message = `the storage of session '${this.#session}' did not answer within ${limit} ms`
    return new SessionStorageError(message, this.#session)
  }
}

/** @throws TypeError where a storage's `watch` has not resolved to a function. */
function checkedUnwatch(unwatch: unknown): () => Promise<void> {
  if (typeof unwatch !== 'function') {
    throw new TypeError('watch of a storage must return a promise of the function that ends the watch')
  }
  return async () => {
    await (unwatch as () => unknown)()
  }
}
