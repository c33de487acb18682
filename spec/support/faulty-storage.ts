import { andThen, type Awaitable } from '../../lib/base/awaitable.ts'
import type { SessionStorage } from '../../lib/contracts/storage.ts'
import { PreviousRecords } from './previous-records.ts'
import { calledThrough, type StorageCall } from '../../lib/testing/conformance/storage-call.ts'

/** How one call of a storage goes wrong. Several things may at once. */
export interface StorageFault {
  /** Awaited before the engine is asked: a delay. Where it threcords or rejects, the engine is never asked. */
  before?(): Awaitable<unknown>
  /** Awaited once the engine has done it: a late answer. Where it threcords or rejects, the answer is lost, not the effect. */
  after?(): Awaitable<unknown>
  /** The engine is asked twice, and the second answer counts: what a driver does that repeats what got no answer. */
  readonly duplicate?: boolean
  /** `read` only: gives the session as it was before it was last written here, as a replica does that lags behind. */
  readonly stale?: boolean
}

/** Says of each call how it goes wrong; `undefined` where it does not. */
export type StorageFaults = (call: StorageCall) => StorageFault | undefined

/** The usual faults, for {@link faultyStorage}. */
export interface UsualFaults {
  /** The engine fails, and has done nothing. */
  readonly errorBefore: StorageFault
  /** The engine has done it, and nobody is told. */
  readonly errorAfter: StorageFault
  /** A driver that repeats what got no answer. */
  readonly duplicate: StorageFault
  /** A replica that lags behind. */
  readonly stale: StorageFault
  /** The engine is asked once that promise resolves. */
  delay(until: Promise<unknown>): StorageFault
  /** The engine has done it, and the answer comes once that promise resolves. */
  delayAnswer(until: Promise<unknown>): StorageFault
}

/** The usual faults, for {@link faultyStorage}. */
export const storageFault: UsualFaults = {
  errorBefore: { before: () => fail('before it did anything') },
  errorAfter: { after: () => fail('after it had done it') },
  duplicate: { duplicate: true },
  stale: { stale: true },
  delay: (until) => ({ before: () => until }),
  delayAnswer: (until) => ({ after: () => until }),
}

/**
 * A storage some of whose calls go wrong, for tests of what happens then. The engine behind it is a real one; what meets no
 * fault is answered as the engine does, at once where it does. `list`, `watch`, `sweep` and `close` meet none.
 *
 * @example
 * // The answer to the first update is lost.
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
    // Only a read gives a record, so that what a stale read gives is what was asked for.
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
