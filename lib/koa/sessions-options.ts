import type Application from 'koa'
import { systemClock, wholeClock, type Clock } from '../base/clock.ts'
import { checkOptions } from '../base/options.ts'
import { exactRandom, pooledRandom, type Random } from '../base/random.ts'
import type { Keys } from '../transformers/key-ring.ts'
import { AppKeys } from './app-keys.ts'

/** The options of {@link sessions}. */
export interface SessionsOptions {
  /**
   * The app whose `keys` sign the sessions by value that have no `transform`. Default: the app of the request; then a second app with
   * other keys is refused (`ERR_SESSION_CONFIG`). `connect` needs it, because an upgrade may come before any request.
   */
  readonly app?: Pick<Application, 'keys'>
  /** The keys that sign them instead: the first signs, all verify. Default: `app.keys`. */
  readonly keys?: Keys
  /** The time in epoch milliseconds, for tests. Default: the system clock. Storages have a clock of their own. */
  readonly clock?: Clock
  /** Random bytes, for tests. Default: the system's cryptographically secure generator. */
  readonly random?: Random
}

interface CheckedOptions {
  readonly keys: AppKeys
  readonly clock: Clock
  readonly random: Random
}

/** @throws SessionConfigError (`ERR_SESSION_CONFIG`), SessionKeysError (`ERR_SESSION_KEYS`) */
export function checkedOptions(options: SessionsOptions): CheckedOptions {
  checkOptions('sessions()', options, { app: 'any', keys: 'any', clock: 'function', random: 'function' })
  return {
    keys: new AppKeys(options.app, options.keys),
    clock: wholeClock(options.clock ?? systemClock),
    random: options.random ? exactRandom(options.random) : pooledRandom(),
  }
}
