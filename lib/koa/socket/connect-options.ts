import type Application from 'koa'
import { milliseconds, type Duration } from '../../base/duration.ts'
import { isPlainObject, kindOf } from '../../base/kind.ts'
import { checkCount, checkOptions } from '../../base/options.ts'
import type { MountedSession } from '../../definition/mounted-session.ts'
import { resolvedDefinition, type AnyDefinition } from '../../definition/definition.ts'
import { SessionConfigError } from '../../errors.ts'
import type { Mount } from '../../mount/mount.ts'
import { canonicalOrigin } from '../origin.ts'
import type { SocketTouch } from './socket-connection.ts'

/** The options of `middleware.connect`. */
export interface ConnectOptions {
  /** Origins whose pages may connect, besides the app's own; each `scheme://host[:port]`. Default: none. */
  readonly origins?: readonly string[]
  /** Whether a client without an `Origin` header may connect: any client but a browser. Default: `false`. */
  readonly allowNoOrigin?: boolean
  /** Respond 401 if one of these sessions is missing. Default: none. */
  readonly required?: AnyDefinition | readonly AnyDefinition[]
  /**
   * What counts as activity, and renews the sessions by id. `'never'`: nothing. `'on-message'`: a message of the client on the attached
   * socket (not a ping), at most once per `touchAfter`. `{ every: '5m' }`: the open socket, at this interval. Default: `'never'`.
   */
  readonly touch?: 'never' | 'on-message' | { readonly every: Duration }
  /**
   * How many sockets one session may have open in this process; a further one is answered with 429. `Infinity`: no limit. Default:
   * 100, more than a browser has tabs of one app, and about a megabyte of memory. A socket without a session is not counted.
   */
  readonly maxConnections?: number
  /** The app whose `proxy`, `env` and `error` event apply. Default: the one of `sessions([…], { app })`. */
  readonly app?: Application
}

/** The maximum delay of a Node timer. */
const LONGEST_TIMER = 2 ** 31 - 1

/** The options, checked. */
export interface ConnectSettings {
  readonly required: readonly MountedSession[]
  readonly touch: SocketTouch
  readonly maxConnections: number
  readonly isAllowed: (origin: string | undefined, own: string | undefined) => boolean
}

/** @throws SessionConfigError (`ERR_SESSION_CONFIG`), SessionNotMountedError (`ERR_SESSION_NOT_MOUNTED`) */
export function connectSettings(mount: Mount, options: ConnectOptions): ConnectSettings {
  checkOptions('connect()', options, {
    origins: 'any',
    allowNoOrigin: 'boolean',
    required: 'any',
    touch: 'any',
    maxConnections: 'any',
    app: 'any',
  })
  const { origins = [], allowNoOrigin = false, required = [], maxConnections = 100 } = options
  if (!Array.isArray(origins))
    throw new SessionConfigError(
      `connect(): 'origins' must be a list, not ${kindOf(origins)}: write ['https://example.org']`,
    )
  const allowed = new Set(origins.map(checkedOrigin))
  return {
    required: (resolvedDefinition(required) ? [required] : [required].flat()).map((definition) =>
      mount.get(definition),
    ),
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
  throw new SessionConfigError(
    "connect(): one of 'origins' is not an origin: write scheme://host or scheme://host:port",
  )
}

function checkedTouch(touch: ConnectOptions['touch'] = 'never'): SocketTouch {
  if (touch === 'never' || touch === 'on-message') return touch
  const length = isPlainObject(touch) ? milliseconds(touch.every, 'connect(): touch.every') : 0
  if (length > 0) return Math.min(length, LONGEST_TIMER)
  throw new SessionConfigError("connect(): 'touch' is invalid: write 'never', 'on-message' or { every: '5m' }, above 0")
}
