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

/** What every session may be told, whatever its transport. */
export interface SessionOptions<T extends object> {
  /** Keeps the value on the server: the client holds an id into this storage. Without it the value travels in the token. */
  readonly storage?: SessionStorage
  /**
   * What protects the text that travels: one transformer, or a list applied in order on the way out and in reverse on the
   * way in. Default: by value `sign` with the keys of the middleware or of the app; by id none, since an id says nothing. An empty
   * list is refused by value: to protect nothing is spelled `plain()`.
   */
  readonly transform?: SessionTransformer | readonly SessionTransformer[]
  /**
   * Turns the value into text and back. Default `superjsonSerializer`. `JSON` and `superjson` fit as they are; behind `plain()` do
   * not use the `superjson` package, which a short text of a client can keep busy for minutes.
   */
  readonly serializer?: SessionSerializer
  /**
   * Any synchronous Standard Schema (Zod, Valibot, ArkType …) whose output is valid input again. Checked on each write,
   * which throws `ERR_SESSION_VALUE`, and on each read, where a value that it refuses is no session. Default none.
   */
  readonly schema?: StandardSchema<unknown, T>
  /**
   * A class: the session is found by it too, and comes back as an instance of it. Own fields only. What is set must be an instance of
   * this very class, by its prototype: a plain object and an instance of a subclass throw `ERR_SESSION_VALUE`. Default none.
   */
  readonly type?: SessionClass<T>
  /** How long the session lives without being used; `null`: no limit. Default `'7d'`. */
  readonly idleTimeout?: Duration | null
  /** How long it lives in all, from its creation or last login; `null`: no limit. Default `'30d'`. */
  readonly absoluteTimeout?: Duration | null
  /** How much of the idle time must have passed before it is renewed. Default: a tenth of it. */
  readonly touchAfter?: Duration
  /** By id: makes a new id of 16 to 256 characters `A-Z a-z 0-9 . _ ~ -`, not to be guessed. Default: 256 random bits as base64url. */
  readonly generateId?: (ctx: RequestContext) => string
  /**
   * Whose session it is: a text that is not empty, or `undefined` where nobody has signed in; anything else, a promise too, is
   * `ERR_SESSION_CONFIG` at `set`. Give an id that never changes, not an e-mail address: another subject gives the session a new id,
   * and where nobody was signed in before, or `set` names another subject, that is a login, which starts the absolute timeout and
   * the age that `requireFresh` reads anew. Default: nobody's.
   */
  readonly subject?: (value: Readonly<T>) => string | undefined
  /**
   * By value: a storage that does not evict, which holds a generation per subject, so that `revokeAll` ends what cannot be
   * deleted. Needs `subject`. Such sessions are checked before the handler, by one read; the first login of a subject also
   * costs one write. Where the storage has lost a subject's generation, the subject's sessions are refused. Default none.
   */
  readonly revocations?: SessionStorage
  /**
   * By id: what a whole-value `set` does when another request wrote meanwhile. `'overwrite'`: the later one wins;
   * `'reject'`: `ERR_SESSION_CONFLICT`, which Koa answers with 409. Default `'overwrite'`.
   */
  readonly conflict?: 'overwrite' | 'reject'
  /**
   * By id: how many bytes of one session the storage keeps, value and flash as they are serialized, in UTF-8. A change that makes it
   * larger throws `ERR_SESSION_TOO_LARGE`. `Infinity` for no limit. Default 1,048,576 (1 MiB).
   */
  readonly maxSize?: number
  /** By id: not read before the handler, but when it awaits `ctx.sessions.load(definition)`. Default `false`. */
  readonly deferred?: boolean
  /**
   * Told why a token that a client presented is no session. It may be asynchronous, and nothing waits for it. What it throws, or
   * rejects with, goes to the app's `error` event. Default none.
   */
  readonly onInvalid?: (reason: RefusalReason, ctx: RequestContext) => unknown
}

/** What `cookie` takes. */
export interface CookieSessionOptions<T extends object> extends SessionOptions<T> {
  /** The cookie's attributes, and whether a long value may be split. */
  readonly cookie?: CookieOptions
}

/** What `header` takes. */
export interface HeaderSessionOptions<T extends object> extends SessionOptions<T>, HeaderOptions {}

/** What `session` takes. */
export interface CustomSessionOptions<T extends object> extends SessionOptions<T> {
  /** Where the token is read from, and how a new one reaches the client. */
  readonly transport: SessionTransport
}

/** How a token travels. */
export type TransportKind = 'cookie' | 'header' | 'custom'

/** The options of every session, and how each is checked on its own. The durations and `maxSize` are checked as they are resolved. */
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

/** @throws SessionConfigError (`ERR_SESSION_CONFIG`) on options that cannot work, saying what to write instead. */
export function checkSessionOptions(kind: TransportKind, name: string, options: SessionOptions<object>): void {
  const what = `session '${name}'`
  const fail: Fail = (text) => {
    throw new SessionConfigError(`${what}: ${text}`, name)
  }
  const given = mistakenFor(options)
  if (given) fail(`the options are an object, and what was given is a ${given}: write { ${given}: … }`)
  checkOptions(what, options, CHECKS[kind], name)
  const { transport } = options as Partial<CustomSessionOptions<object>>
  if (kind === 'custom' && transport === undefined) checkTransport(transport, fail)
  checkTogether(options, fail)
}

/** Checks what options say about each other. */
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
      "'revocations' is a storage that drops what is alive when it is full: give it one that keeps everything, such as redisStorage, postgresStorage or directoryStorage, or memoryStorage({ maxSessions: Infinity }) for tests",
    )
  }
  if (!isAuthenticated(options)) {
    fail(
      "'revocations' needs a 'transform' that authenticates, such as sign() or encrypt(): a client can change what plain() sends",
    )
  }
}

/** Whether a client cannot have written what is read: it comes from the storage, or a transformer has verified it. */
export function isAuthenticated({ storage, transform }: SessionOptions<object>): boolean {
  // By value, the default transformer signs.
  if (storage || transform === undefined) return true
  return [transform].flat().some((one) => one.authenticates === true)
}
