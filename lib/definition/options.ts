import type { Duration } from '../base/duration.ts'
import { checkOptions, type Fail, type OptionChecks } from '../base/options.ts'
import type { RefusalReason } from '../base/refusal.ts'
import type { StandardSchema } from '../base/standard-schema.ts'
import type { RequestContext } from '../contracts/exchange.ts'
import type { SessionSerializer } from '../contracts/serializer.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import type { SessionTransformer } from '../contracts/transformer.ts'
import type { SessionTransport } from '../contracts/transport.ts'
import { SessionConfigError } from '../errors.ts'
import type { SessionClass } from '../serializers/instances.ts'
import type { CookieOptions } from '../transports/cookie.ts'
import type { HeaderOptions } from '../transports/header.ts'
import {
  checkClass,
  checkConflict,
  checkSchema,
  checkTransform,
  checkTransport,
  mistakenFor,
  withMethods,
} from './option-checks.ts'

/** The options of every session, with any transport. */
export interface SessionOptions<T extends object> {
  /** Keeps the value on the server, in this storage: the client holds an id. Default: the value travels in the token. */
  readonly storage?: SessionStorage
  /**
   * Protects the token: one transformer, or a list that is applied in order on write and in reverse order on read. Default: by value,
   * `sign` with the keys of the middleware or of the app; by id, none, since an id reveals nothing. By value an empty list is refused: write
   * `plain()` for no protection.
   */
  readonly transform?: SessionTransformer | readonly SessionTransformer[]
  /**
   * Turns the value into text and back. Default: `superjsonSerializer`. `JSON` and the `superjson` package are serializers too. Do not use
   * the package with `plain()`: a short text of a client can keep it busy for minutes.
   */
  readonly serializer?: SessionSerializer
  /**
   * Any synchronous Standard Schema (Zod, Valibot, ArkType …) whose output is valid input again. It validates each write, which throws
   * `ERR_SESSION_VALUE`, and each read: a value that it refuses is no session. Default: none.
   */
  readonly schema?: StandardSchema<unknown, T>
  /**
   * A class: handlers may use it as the key of the session, and values are read as its instances. Only own fields are kept. A value that is
   * set must have the prototype of the class: a plain object or an instance of a subclass throws `ERR_SESSION_VALUE`. Default: none.
   */
  readonly type?: SessionClass<T>
  /** The session ends this long after its last use; `null`: no limit. Default `'7d'`. */
  readonly idleTimeout?: Duration | null
  /** The session ends this long after its creation or last login; `null`: no limit. Default `'30d'`. */
  readonly absoluteTimeout?: Duration | null
  /** How much of the idle timeout must have passed before a use renews it. Default: a tenth. */
  readonly touchAfter?: Duration
  /** By id: returns a new, unguessable id of 16 to 256 characters `A-Z a-z 0-9 . _ ~ -`. Default: 256 random bits as base64url. */
  readonly generateId?: (ctx: RequestContext) => string
  /**
   * Returns the user that the session belongs to, as a text that is not empty, or `undefined` before a login. Any other value, also a
   * promise, throws `ERR_SESSION_CONFIG` at `set`. Return an id that never changes, not an e-mail address: a change of the subject gives the
   * session a new id. It is a login if there was no subject before, or if `set` changes it. A login restarts the absolute timeout, and the age
   * that `requireFresh` checks. Default: sessions have no subject.
   */
  readonly subject?: (value: Readonly<T>) => string | undefined
  /**
   * By value: a storage that does not evict. It holds a generation per subject, so that `revokeAll` can end sessions that cannot be deleted.
   * Needs `subject`. Such sessions are checked by one read before the handler, and the first login of a subject costs one write. If the
   * storage loses a subject's generation, the subject's sessions are refused. Default: none.
   */
  readonly revocations?: SessionStorage
  /**
   * By id: what happens when another request writes between the read and a whole-value `set` of this one. `'overwrite'`: the last write
   * wins. `'reject'`: `ERR_SESSION_CONFLICT`, which Koa answers with 409. Default `'overwrite'`.
   */
  readonly conflict?: 'overwrite' | 'reject'
  /**
   * By id: the maximum size of one session in the storage, in bytes: the value and the flash values, serialized, in UTF-8. A change that
   * exceeds it throws `ERR_SESSION_TOO_LARGE`. `Infinity`: no limit. Default 1,048,576 (1 MiB).
   */
  readonly maxSize?: number
  /** By id: the session is read when the handler awaits `ctx.sessions.load(definition)`, and not before it. Default `false`. */
  readonly deferred?: boolean
  /**
   * Called with the reason when a token is refused. It may be asynchronous; nothing waits for it. Its errors and rejections go to the app's
   * `error` event. Default: none.
   */
  readonly onInvalid?: (reason: RefusalReason, ctx: RequestContext) => unknown
}

/** The options of `cookie`. */
export interface CookieSessionOptions<T extends object> extends SessionOptions<T> {
  /** The cookie's attributes, and whether a long value may be split over several cookies. */
  readonly cookie?: CookieOptions
}

/** The options of `header`. */
export interface HeaderSessionOptions<T extends object> extends SessionOptions<T>, HeaderOptions {}

/** The options of `session`. */
export interface CustomSessionOptions<T extends object> extends SessionOptions<T> {
  /** Reads the token from the request, and sends a new one to the client. */
  readonly transport: SessionTransport
}

/** How a token travels. */
export type TransportKind = 'cookie' | 'header' | 'custom'

/** The checks of single options. Durations and `maxSize` are checked when `define` resolves them. */
const COMMON: OptionChecks<SessionOptions<object>> = {
  storage: withMethods('storage', 'memoryStorage()'),
  transform: checkTransform,
  serializer: withMethods('serializer', 'JSON'),
  schema: checkSchema,
  type: checkClass,
  idleTimeout: 'any',
  absoluteTimeout: 'any',
  touchAfter: 'any',
  generateId: 'function',
  subject: 'function',
  revocations: withMethods('revocations', 'directoryStorage(path)'),
  conflict: checkConflict,
  deferred: 'boolean',
  maxSize: 'any',
  onInvalid: 'function',
}
const COOKIE: OptionChecks<CookieSessionOptions<object>> = { ...COMMON, cookie: 'any' }
const HEADER: OptionChecks<HeaderSessionOptions<object>> = { ...COMMON, scheme: 'string', response: 'string' }
const CUSTOM: OptionChecks<CustomSessionOptions<object>> = { ...COMMON, transport: checkTransport }
const CHECKS: Readonly<Record<TransportKind, OptionChecks<SessionOptions<object>>>> = {
  cookie: COOKIE,
  header: HEADER,
  custom: CUSTOM,
}

/** @throws SessionConfigError (`ERR_SESSION_CONFIG`) on invalid options, saying what to write instead. */
export function checkSessionOptions(kind: TransportKind, name: string, options: SessionOptions<object>): void {
  const what = `session '${name}'`
  const fail: Fail = (text) => {
    throw new SessionConfigError(`${what}: ${text}`, name)
  }
  const given = mistakenFor(options)
  if (given) fail(`the options must be an object, and this is a ${given}: write { ${given}: … }`)
  checkOptions(what, options, CHECKS[kind], name)
  const { transport } = options as Partial<CustomSessionOptions<object>>
  if (kind === 'custom' && transport === undefined) checkTransport(transport, fail)
  checkTogether(options, fail)
}

/** Checks options that depend on each other. */
function checkTogether(options: SessionOptions<object>, fail: Fail): void {
  const { storage, transform, revocations, subject } = options
  if (!storage) {
    for (const option of ['generateId', 'conflict', 'deferred', 'maxSize'] as const) {
      if (options[option] !== undefined) fail(`'${option}' is for sessions by id: give a 'storage', or leave it out`)
    }
    if (Array.isArray(transform) && transform.length === 0)
      fail("'transform' is an empty list, which protects nothing: leave it out, or write transform: plain()")
  }
  if (!revocations) return
  if (storage) fail("'revocations' is for sessions by value: those in a 'storage' are deleted there")
  if (!subject) fail("'revocations' needs a 'subject': whose sessions are revoked?")
  if (revocations.evicts) {
    fail(
      "'revocations' is a storage that evicts live sessions when it is full: give it one that does not, such as redisStorage, postgresStorage or directoryStorage, or memoryStorage({ maxSessions: Infinity }) for tests",
    )
  }
  if (!isAuthenticated(options)) {
    fail(
      "'revocations' needs a 'transform' that authenticates, such as sign() or encrypt(): a client can change what plain() sends",
    )
  }
}

/** Whether only this app can have written what is read: it comes from the storage, or a transformer verifies it. */
export function isAuthenticated({ storage, transform }: SessionOptions<object>): boolean {
  // By value, the default transformer signs.
  if (storage || transform === undefined) return true
  return [transform].flat().some((one) => one.authenticates === true)
}
