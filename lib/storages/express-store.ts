import { type Clock, systemClock } from '../base/clock.ts'
import { checkOptionNames, checkOptionTypes } from '../base/options.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import type { ExpressStore } from './express-store/store.ts'
import { textsIn } from './express-store/texts.ts'
import { checkMethods } from './given.ts'
import { storageFrom } from './storage-from.ts'

export type { ExpressStore } from './express-store/store.ts'

/** What {@link expressStorage} takes. */
export interface ExpressStorageOptions {
  /** Says that no other process uses the store, and so that there is nothing to warn of; `false` by default. */
  readonly singleProcess?: boolean
  /** What tells the time; the machine's clock by default. */
  readonly clock?: Clock
}

/** A storage whose promises hold inside one process only. */
export interface ExpressStorage extends SessionStorage {
  /** How far the promises reach that no update is lost and nothing destroyed comes back: among the requests of this process. */
  readonly scope: 'process'
}

/**
 * Keeps sessions in any store of express-session.
 *
 * **For one process.** A store can only get and set; comparing happens here. That no update is lost, and no destroyed
 * session comes back, holds among the requests of this process that go through this one object: make one per store. Of
 * two processes on one engine, each may overwrite what the other wrote, or bring back what it destroyed; there,
 * `redisStorage` and `postgresStorage` keep the promise. The first call in a process warns of it
 * (`WARN_SESSION_SINGLE_PROCESS`), unless told `singleProcess: true`.
 *
 * What the store keeps is `{ cookie, record }`, under the SHA-256 of the key as 64 hex digits. It may remove it a minute
 * after the session's deadline, not earlier: leave the store's own `ttl` option alone. Of session-file-store, set
 * `retries: 0`, or it waits a quarter of a second, and logs to the console, for each session that there is not.
 *
 * Every verb but `read` costs a `get` and at most one `set` or `destroy`; `rotate` two, a `destroy` and a `set`. A
 * renewal is a `set`. A crash in the middle of `rotate` may lose the session, never leave two. It cannot `list` or
 * `sweep`: the store removes what has expired, if it does. It is not closed either.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) where it is no store, or an option is wrong or unknown. The promises
 *   of the verbs reject with the store's own errors.
 *
 * @example
 * import { RedisStore } from 'connect-redis'
 *
 * const client = await createClient().on('error', report).connect()
 * const storage = expressStorage(new RedisStore({ client }), { singleProcess: true })
 */
export function expressStorage(store: ExpressStore, options: ExpressStorageOptions = {}): ExpressStorage {
  const example = 'give it a store of express-session, such as new RedisStore({ client })'
  checkMethods('expressStorage', store, ['get', 'set', 'destroy'], example)
  checkOptionNames('expressStorage', options, ['singleProcess', 'clock'])
  checkOptionTypes('expressStorage', options, { singleProcess: 'boolean', clock: 'function' })
  const { singleProcess = false, clock = systemClock } = options
  if (!singleProcess) warnOnce()
  return Object.assign(storageFrom(textsIn(store, clock), { clock }), { scope: 'process' as const })
}

let warned = false

function warnOnce(): void {
  if (warned) return
  warned = true
  process.emitWarning(
    'expressStorage compares and sets inside one process only. Where several share the store, updates may be lost and ' +
      'destroyed sessions may come back: use redisStorage or postgresStorage. Where this is the only one, say ' +
      'expressStorage(store, { singleProcess: true })',
    { type: 'SessionWarning', code: 'WARN_SESSION_SINGLE_PROCESS' },
  )
}
