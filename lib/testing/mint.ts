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

/** The options of {@link mint}. */
export interface MintOptions {
  /** The app's `keys`, or those of `sessions([…])`. Needed by value without a `transform`. */
  readonly keys?: Keys
  /** The clock of the app and of its storage, if they have one. Default: the system's clock. */
  readonly clock?: Clock
  /** The source of random bytes, for ids that repeat. Default: the system's generator, which is cryptographically secure. */
  readonly random?: Random
}

/** A session as the client holds it. */
export interface Minted {
  /** The request header with the token. Two cookies go into one header: join them by `'; '`, or use a cookie jar. */
  readonly headers: Readonly<Record<string, string>>
  /** The token: the cookie's value, or the header's value without its scheme. */
  readonly token: string
  /** The id, by id only. */
  readonly id: string | undefined
  /** The `Set-Cookie` lines, for `set` of a cookie jar; none for a header. */
  readonly setCookie: readonly string[]
}

/**
 * Creates a valid session for a test, without a login: by id, it stores the session in the definition's storage; by value, it signs the token
 * as the app does.
 *
 * There is no request: callbacks that take `ctx`, such as `generateId` or the attributes of a cookie, get an empty object. `subject` is
 * called, so that `list` and `revokeAll` find the session. An earlier `clock` makes the login earlier.
 *
 * @throws SessionKeysError (`ERR_SESSION_KEYS`) if the session must be signed, and `keys` are missing or too short.
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if the definition has a custom transport: only the app can send its token.
 * @throws SessionValueError (`ERR_SESSION_VALUE`) if the value cannot be stored, or its schema refuses it.
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
      `session '${name}': mint() cannot send the token of a custom transport: let the app send it`,
      name,
    )
  }
  if (!keys && !options.storage && !options.transform) {
    throw new SessionKeysError(
      `session '${name}': it is signed with the app's keys: give mint() the same keys, as in mint(definition, value, { keys })`,
      name,
    )
  }
}

/** The request header with the token: its name and its value. */
function presented({ name, kind, options }: MountedSession, { cookies, token }: RecordingExchange): [string, string] {
  if (kind === 'cookie') return ['cookie', cookies]
  const { scheme } = options as HeaderSessionOptions<object>
  return [name, scheme === undefined ? token : `${scheme} ${token}`]
}
