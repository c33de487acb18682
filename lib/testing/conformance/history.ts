import { attempt, andThen, type Awaitable } from '../../base/awaitable.ts'
import type { SessionStorage } from '../../contracts/storage.ts'
import { calledThrough, type StorageCall } from './storage-call.ts'

/** One call of a storage, when it was made, and what came of it. */
export interface StorageOperation {
  readonly call: StorageCall
  /** When it was called and when it was answered, on one scale; `Infinity`: never, or by an error. It may have had its effect. */
  readonly calledAt: number
  readonly answeredAt: number
  readonly answer: unknown
}

/** A storage whose calls are written down. */
export interface RecordedStorage {
  readonly storage: SessionStorage
  /** All calls so far, by when they were made. */
  history(): readonly StorageOperation[]
}

/**
 * Writes down what a storage is asked and what it answers, for {@link isLinearizable}.
 *
 * @example
 * const { storage, history } = recordedStorage(memoryStorage())
 * await Promise.all([storage.delete('key'), storage.touch('key', Date.now() + 60_000)])
 * isLinearizable(history())
 */
export function recordedStorage(engine: SessionStorage): RecordedStorage {
  const operations: { call: StorageCall; calledAt: number; answeredAt: number; answer: unknown }[] = []
  let now = 0

  function record<T>(call: StorageCall, ask: () => Awaitable<T>): Awaitable<T> {
    const operation = { call, calledAt: now++, answeredAt: Infinity, answer: undefined as unknown }
    operations.push(operation)
    return andThen(attempt(ask), ({ value, failure }) => {
      if (failure !== undefined) throw failure
      operation.answeredAt = now++
      operation.answer = structuredClone(value)
      return value as T
    })
  }

  return { storage: calledThrough(engine, record), history: () => operations.map((operation) => ({ ...operation })) }
}
