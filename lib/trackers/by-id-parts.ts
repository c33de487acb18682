import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { Lifetimes } from '../base/expiry.ts'
import type { StorageKeys } from './session-keys.ts'
import type { StorageClient } from './storage-client.ts'

/** The parts that sessions by id need. */
export interface ByIdParts {
  readonly name: string
  readonly storage: StorageClient
  readonly keys: StorageKeys
  readonly lifetimes: Lifetimes
  readonly clock: Clock
  readonly random: Random
}

/** The parts that rows beside the sessions need. */
export type RowParts = Pick<ByIdParts, 'storage' | 'keys' | 'clock' | 'random'>
