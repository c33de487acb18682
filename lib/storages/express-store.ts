import { type Clock, systemClock } from '../base/clock.ts'
import { checkOptions } from '../base/options.ts'
import { type ExpressStorage, ExpressSessionStorage } from './express-store/storage.ts'
import type { ExpressStore } from './express-store/store.ts'
import { checkMethods } from './shared/given.ts'

export type { ExpressStorage } from './express-store/storage.ts'
export type { ExpressStore } from './express-store/store.ts'

/** The options of {@link expressStorage}. */
export interface ExpressStorageOptions {
  /** Confirms that no other process uses the store, which suppresses the warning. Default: `false`. */
  readonly singleProcess?: boolean
  /** Tells the time in epoch milliseconds. Default: the system clock. */
  readonly clock?: Clock
}

/**
 * Stores sessions in any express-session store.
 *
 * **For one process.** A store can only get and set, and so this process compares. No update is lost and no destroyed session comes
 * back among the requests of this process that use this one object: create one per store. If two processes share the store, each
 * may overwrite what the other wrote, or bring back what it destroyed; `redisStorage` and `postgresStorage` prevent that. The first
 * call in a process emits a warning about it (`WARN_SESSION_SINGLE_PROCESS`), except with `singleProcess: true`.
 *
 * The store holds `{ cookie, record }` under the SHA-256 of the key, as 64 hex digits. It is told a deadline one minute after that
 * of the session: do not set the store's own `ttl` option. With session-file-store, set `retries: 0`; otherwise each unknown session
 * takes it a quarter of a second, and a line on the console.
 *
 * Every operation except `read` costs a `get` and at most one `set` or `destroy`; `rotate` costs two `get`, a `destroy` and a `set`.
 * A renewal is a `set`. A crash during `rotate` may lose the session, and never leaves two. There is no `list`, `watch` or `sweep`:
 * removing expired sessions is up to the store. The storage does not close the store.
 *
 * The errors of the store are thrown as they are.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if `store` is not a store, or an option is wrong or unknown.
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
  checkOptions('expressStorage()', options, { singleProcess: 'boolean', clock: 'function' })
  const { singleProcess = false, clock = systemClock } = options
  if (!singleProcess) warnOnce()
  return new ExpressSessionStorage(store, clock)
}

let warned = false

function warnOnce(): void {
  if (warned) return
  warned = true
  process.emitWarning(
    'expressStorage compares and sets inside one process only. If several processes share the store, updates may be lost and ' +
      'destroyed sessions may come back: use redisStorage or postgresStorage. If only this process uses it, write ' +
      'expressStorage(store, { singleProcess: true })',
    { type: 'SessionWarning', code: 'WARN_SESSION_SINGLE_PROCESS' },
  )
}
