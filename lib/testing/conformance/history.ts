import { attempt, andThen, type Awaitable } from '../../base/awaitable.ts'
import type { SessionStorage } from '../../contracts/storage.ts'
import { calledThrough, type StorageCall } from './storage-call.ts'

/** One call of a storage, with its time and its result. */
export interface StorageOperation {
  readonly call: StorageCall
  /** The times of the call and of its result, on one scale. `Infinity`: no result, or an error. The call may have taken effect. */
  readonly calledAt: number
  readonly answeredAt: number
  readonly answer: unknown
}

/** A storage whose calls are recorded. */
export interface RecordedStorage {
  readonly storage: SessionStorage
  /** All calls so far, in order. */
  history(): readonly StorageOperation[]
}

/**
 * Records the calls of a storage and their results. `isLinearizable` checks them.
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
