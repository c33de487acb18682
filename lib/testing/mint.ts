import { systemClock, wholeClock, type Clock } from '../base/clock.ts'
import { kindOf } from '../base/kind.ts'
import { checkOptions } from '../base/options.ts'
import { exactRandom, pooledRandom, type Random } from '../base/random.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { planOf, type DefinitionOf } from '../definition/definition.ts'
import type { HeaderSessionOptions } from '../definition/options.ts'
import { SessionConfigError, SessionKeysError } from '../errors.ts'
import { Mount } from '../mount/mount.ts'
import { RequestSessions } from '../request/request-sessions.ts'
import type { Keys } from '../transformers/key-ring.ts'
import { sign } from '../transformers/sign.ts'
import { RecordingExchange } from './recording-exchange.ts'

/** What {@link mint} may be told. */
export interface MintOptions {
  /** What the app signs with: its `keys`, or those of `sessions([…])`. Needed by value without a `transform`. */
  readonly keys?: Keys
  /** When it is made: the clock of the app and of its storage, where they have one. Default: the system's. */
  readonly clock?: Clock
  /** Random bytes, for ids that repeat. Default: the system's, cryptographically secure. */
  readonly random?: Random
}

/** A session that no login has made, as the client holds it. */
export interface Minted {
  /** The request header that presents it. Two cookies go in one header: join them by `'; '`, or use a cookie jar. */
  readonly headers: Readonly<Record<string, string>>
  /** What travels: the cookie's value, or the header's behind its scheme. */
  readonly token: string
  /** The id, by id only. */
  readonly id: string | undefined
  /** The `Set-Cookie` lines that a browser would have been given, for the `set` of a cookie jar; none for a header. */
  readonly setCookie: readonly string[]
}

/**
 * A valid session for a test, without the login that leads to it: by id its row is written into the definition's own
 * storage, by value the token is signed as the app does.
 *
 * There is no request: callbacks that look at `ctx`, as `generateId` or a cookie's attribute may, get an empty object.
 * A `subject` counts, so that `list` and `revokeAll` know the session. With an earlier `clock` its login was back then.
 *
 * @throws SessionKeysError (`ERR_SESSION_KEYS`) where it must be signed and no `keys` are given, or too short ones.
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) for a definition with a transport of its own: nobody knows how a
 *   request presents that.
 * @throws SessionValueError (`ERR_SESSION_VALUE`) for what cannot be kept, or what the schema refuses.
 *
 * @example
 * const { headers } = await mint(UserSession, { id: 'ada', count: 0 })
 * const response = await fetch('http://localhost:3000/account', { headers })
 */
export async function mint<T extends object>(
  definition: DefinitionOf<T>,
  value: NoInfer<T>,
  options: MintOptions = {},
): Promise<Minted> {
  if (!planOf(definition)) {
    throw new SessionConfigError(
      `mint() takes a definition, made by cookie(), header() or session(), not ${kindOf(definition)}`,
    )
  }
  checkOptions('mint()', options, { keys: 'any', clock: 'function', random: 'function' })
  const { keys } = options
  const clock = wholeClock(options.clock ?? systemClock)
  const random = options.random ? exactRandom(options.random) : pooledRandom()
  const mount = new Mount([definition], clock, random, sign(keys ?? (() => [])))
  for (const mounted of mount.all) refuseUnmintable(mounted, keys)

  const exchange = new RecordingExchange()
  const sessions = new RequestSessions(mount, exchange, null)
  sessions.set(definition, value)
  await RequestSessions.finish(sessions, true)

  const headers = Object.fromEntries(mount.all.map((mounted) => presented(mounted, exchange)))
  return { headers, token: exchange.token, id: sessions.id(definition), setCookie: exchange.lines }
}

function refuseUnmintable({ name, kind, options }: MountedSession, keys: Keys | undefined): void {
  if (kind === 'custom') {
    throw new SessionConfigError(
      `mint() cannot tell how a request presents session '${name}', whose transport is your own: let the app send it`,
      name,
    )
  }
  if (!keys && !options.storage && !options.transform) {
    throw new SessionKeysError(
      `session '${name}' is signed with the app's keys: give the same ones, as in mint(definition, value, { keys })`,
      name,
    )
  }
}

/** The header that presents the session, by its name. */
function presented({ name, kind, options }: MountedSession, { cookies, token }: RecordingExchange): [string, string] {
  if (kind === 'cookie') return ['cookie', cookies]
  const { scheme } = options as HeaderSessionOptions<object>
  return [name, scheme === undefined ? token : `${scheme} ${token}`]
}
