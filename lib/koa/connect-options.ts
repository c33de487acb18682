import type Application from 'koa'
import { milliseconds, type Duration } from '../base/duration.ts'
import { isPlainObject, kindOf } from '../base/kind.ts'
import { checkCount, checkOptionNames, checkOptionTypes } from '../base/options.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { planOf, type AnyDefinition } from '../definition/definition.ts'
import { SessionConfigError } from '../errors.ts'
import type { Mount } from '../session/mount.ts'
import { canonicalOrigin } from './origin.ts'
import type { SocketTouch } from './socket-sessions.ts'

/** What `middleware.connect` may be told. */
export interface ConnectOptions {
  /** Origins whose pages may connect beside the app's own, each `scheme://host[:port]`. Default none. */
  readonly origins?: readonly string[]
  /** Whether a client that sends no Origin may connect: one that is no browser. Default `false`. */
  readonly allowNoOrigin?: boolean
  /** Without these sessions the answer is 401. Default none: without a session there is nothing to `get`. */
  readonly required?: AnyDefinition | readonly AnyDefinition[]
  /**
   * What counts as activity, and so renews the sessions by id: `'never'` anything; `'on-message'` what the client sends on the
   * attached socket (pings do not count), as often as `touchAfter` says; `{ every: '5m' }` that the socket is open. Default `'never'`.
   */
  readonly touch?: 'never' | 'on-message' | { readonly every: Duration }
  /**
   * How many sockets one session may have open in this process; what is above is answered with 429. `Infinity` for no limit. Default
   * 100: more than a browser has tabs of one app, and about a megabyte of memory. A socket without a session is not counted.
   */
  readonly maxConnections?: number
  /** The app whose `proxy`, `env` and `error` event count. Default: that of `sessions([…], { app })`. */
  readonly app?: Application
}

/** The longest that a timer of Node's waits. */
const LONGEST_TIMER = 2 ** 31 - 1

/** What the options come to. */
export interface ConnectSettings {
  readonly required: readonly MountedSession[]
  readonly touch: SocketTouch
  readonly maxConnections: number
  readonly isAllowed: (origin: string | undefined, own: string | undefined) => boolean
}

/** @throws SessionConfigError (`ERR_SESSION_CONFIG`) on whatever cannot work. */
export function checkOptions(mount: Mount, options: ConnectOptions): ConnectSettings {
  checkOptionNames('connect()', options, ['origins', 'allowNoOrigin', 'required', 'touch', 'maxConnections', 'app'])
  checkOptionTypes('connect()', options, { allowNoOrigin: 'boolean' })
  const { origins = [], allowNoOrigin = false, required = [], maxConnections = 100 } = options
  if (!Array.isArray(origins))
    throw new SessionConfigError(
      `connect(): 'origins' must be a list, not ${kindOf(origins)}: write ['https://example.org']`,
    )
  const allowed = new Set(origins.map(checkedOrigin))
  return {
    required: (planOf(required) ? [required] : [required].flat()).map((definition) => mount.get(definition)),
    touch: checkedTouch(options.touch),
    maxConnections: checkCount('connect(): maxConnections', maxConnections),
    isAllowed(origin, own) {
      if (origin === undefined) return allowNoOrigin
      const theirs = canonicalOrigin(origin)
      return theirs !== undefined && (theirs === own || allowed.has(theirs))
    },
  }
}

function checkedOrigin(origin: string): string {
  const canonical = typeof origin === 'string' ? canonicalOrigin(origin) : undefined
  if (canonical !== undefined) return canonical
  throw new SessionConfigError("connect(): each of 'origins' is scheme://host or scheme://host:port, and nothing else")
}

function checkedTouch(touch: ConnectOptions['touch'] = 'never'): SocketTouch {
  if (touch === 'never' || touch === 'on-message') return touch
  const length = isPlainObject(touch) ? milliseconds(touch.every, 'connect(): touch.every') : 0
  if (length > 0) return Math.min(length, LONGEST_TIMER)
  throw new SessionConfigError("connect(): touch is 'never', 'on-message' or { every: '5m' }, above 0")
}
