import { andThen, type Awaitable } from '../../lib/base/awaitable.ts'
import type { SessionStorage } from '../../lib/contracts/storage.ts'
import { PreviousRecords } from './previous-records.ts'
import { calledThrough, type StorageCall } from '../../lib/testing/conformance/storage-call.ts'

/** The faults of one call of a storage. They can be combined. */
export interface StorageFault {
  /** Awaited before the call: a delay. If it throws or rejects, the storage is not called. */
  before?(): Awaitable<unknown>
  /** Awaited after the call: a late result. If it throws or rejects, the result is lost, not the effect. */
  after?(): Awaitable<unknown>
  /** The storage is called twice, and the second result counts, as with a driver that retries. */
  readonly duplicate?: boolean
  /** `read` only: returns the session before its last write, as a replica that lags behind does. */
  readonly stale?: boolean
}

/** Returns the faults of a call; `undefined` for none. */
export type StorageFaults = (call: StorageCall) => StorageFault | undefined

/** The usual faults for {@link faultyStorage}. */
export interface UsualFaults {
  /** The storage fails without an effect. */
  readonly errorBefore: StorageFault
  /** The storage fails after the effect. */
  readonly errorAfter: StorageFault
  /** A driver that retries. */
  readonly duplicate: StorageFault
  /** A replica that lags behind. */
  readonly stale: StorageFault
  /** The call waits for a promise. */
  delay(until: Promise<unknown>): StorageFault
  /** The result waits for a promise. */
  delayAnswer(until: Promise<unknown>): StorageFault
}

/** The usual faults, for {@link faultyStorage}. */
export const storageFault: UsualFaults = {
  errorBefore: { before: () => fail('before its effect') },
  errorAfter: { after: () => fail('after its effect') },
  duplicate: { duplicate: true },
  stale: { stale: true },
  delay: (until) => ({ before: () => until }),
  delayAnswer: (until) => ({ after: () => until }),
}

/**
 * A storage with faults, for tests of error handling. Calls without a fault are passed to the storage unchanged, synchronously if it is. `list`,
 * `watch`, `sweep` and `close` have no faults.
 *
 * @example
 * // The result of the first update is lost.
 * const storage = faultyStorage(memoryStorage(), ({ verb, nth }) =>
 *   verb === 'update' && nth === 1 ? storageFault.errorAfter : undefined,
 * )
 */
export function faultyStorage(storage: SessionStorage, faults: StorageFaults): SessionStorage {
  const records = new PreviousRecords()
  return calledThrough(storage, <T>(call: StorageCall, ask: () => Awaitable<T>): Awaitable<T> => {
    const fault = faults(call)
    const effect = (): Awaitable<T> =>
      andThen(ask(), (answer) => {
        records.keep(call, answer)
        return answer
      })
    if (!fault) return effect()
    // Only `read` returns a record, so that the type is right.
    if (fault.stale && call.verb === 'read' && records.has(call.key)) {
      return andThen(fault.before?.(), () => answered(fault, records.before(call.key) as T))
    }
    return andThen(fault.before?.(), () =>
      andThen(fault.duplicate ? andThen(effect(), effect) : effect(), (answer) => answered(fault, answer)),
    )
  })
}

function answered<T>(fault: StorageFault, answer: T): Awaitable<T> {
  return fault.after ? andThen(fault.after(), () => answer) : answer
}

function fail(when: string): never {
  throw new Error(`the storage failed ${when}`)
}
