import test from 'ava'
import Koa from 'koa'
import * as library from 'koa-typed-sessions'
import { mirror as typedMirror } from 'koa-typed-sessions/live'
import * as testing from 'koa-typed-sessions/testing'
import { any } from './_support/refusals.ts'

// The library as it is without a compiler.
const {
  cookie,
  header,
  session,
  sessions,
  sign,
  encrypt,
  seal,
  plain,
  transformer,
  memoryStorage,
  authenticate,
  requireFresh,
  mirror,
  cookieJar,
} = any<Record<string, (...given: unknown[]) => unknown>>({ ...library, ...testing, mirror: typedMirror }) as Untyped

type Untyped = Record<
  | 'cookie'
  | 'header'
  | 'session'
  | 'sessions'
  | 'sign'
  | 'encrypt'
  | 'seal'
  | 'plain'
  | 'transformer'
  | 'memoryStorage'
  | 'authenticate'
  | 'requireFresh'
  | 'mirror'
  | 'cookieJar',
  (...given: unknown[]) => unknown
>

class Cart {
  items: string[] = []
}

const app = new Koa()
const storage = memoryStorage()
const User = cookie('user', { storage })
const redis = { get() {}, set() {}, sendCommand() {} }
const pool = { query() {}, connect() {} }
const store = { get() {}, set() {}, destroy() {} }
const schema = { '~standard': { version: 1, vendor: 'mine', validate: (value: unknown) => ({ value }) } }
const key = 'seven blue herons sold my umbrella at noon'

/** What somebody writes in JavaScript, and what it is told. */
const CARELESS: readonly (readonly [code: () => unknown, told: string])[] = [
  [
    () => cookie(),
    "ERR_SESSION_CONFIG cookie() needs a name, a string, and there is none: write cookie('cart', { … })",
  ],
  [
    () => cookie(42),
    "ERR_SESSION_CONFIG cookie() needs a name, a string, and it is a number: write cookie('cart', { … })",
  ],
  [
    () => cookie({ storage }),
    "ERR_SESSION_CONFIG cookie() needs a name, a string, and it is an object: write cookie('cart', { … })",
  ],
  [
    () => cookie(User),
    "ERR_SESSION_CONFIG cookie() needs a name, a string, and it is a Definition: write cookie('cart', { … })",
  ],
  [
    () => cookie('cart', null),
    "ERR_SESSION_CONFIG session 'cart' takes its options as a plain object, not null: write { storage, transform, serializer, schema, type, idleTimeout, absoluteTimeout, touchAfter, generateId, subject, revocations, conflict, deferred, maxSize, onInvalid, cookie }, or some of these",
  ],
  [
    () => cookie('cart', [{ storage }]),
    "ERR_SESSION_CONFIG session 'cart' takes its options as a plain object, not an array: write { storage, transform, serializer, schema, type, idleTimeout, absoluteTimeout, touchAfter, generateId, subject, revocations, conflict, deferred, maxSize, onInvalid, cookie }, or some of these",
  ],
  [
    () => cookie('cart', new Map()),
    "ERR_SESSION_CONFIG session 'cart' takes its options as a plain object, not a Map: write { storage, transform, serializer, schema, type, idleTimeout, absoluteTimeout, touchAfter, generateId, subject, revocations, conflict, deferred, maxSize, onInvalid, cookie }, or some of these",
  ],
  [
    () => cookie('cart', 'storage'),
    "ERR_SESSION_CONFIG session 'cart' takes its options as a plain object, not a string: write { storage, transform, serializer, schema, type, idleTimeout, absoluteTimeout, touchAfter, generateId, subject, revocations, conflict, deferred, maxSize, onInvalid, cookie }, or some of these",
  ],
  [
    () => cookie('cart', Promise.resolve({ storage })),
    "ERR_SESSION_CONFIG session 'cart' takes its options as a plain object, not a promise: write { storage, transform, serializer, schema, type, idleTimeout, absoluteTimeout, touchAfter, generateId, subject, revocations, conflict, deferred, maxSize, onInvalid, cookie }, or some of these",
  ],
  [
    () => cookie('cart', () => ({ storage })),
    "ERR_SESSION_CONFIG session 'cart' takes its options as a plain object, not a function: write { storage, transform, serializer, schema, type, idleTimeout, absoluteTimeout, touchAfter, generateId, subject, revocations, conflict, deferred, maxSize, onInvalid, cookie }, or some of these",
  ],
  [
    () => cookie('cart', storage),
    "ERR_SESSION_CONFIG session 'cart': the options must be an object, and this is a storage: write { storage: … }",
  ],
  [
    () => cookie('cart', memoryStorage),
    "ERR_SESSION_CONFIG session 'cart' takes its options as a plain object, not a function: write { storage, transform, serializer, schema, type, idleTimeout, absoluteTimeout, touchAfter, generateId, subject, revocations, conflict, deferred, maxSize, onInvalid, cookie }, or some of these",
  ],
  [
    () => cookie('cart', Cart),
    "ERR_SESSION_CONFIG session 'cart': the options must be an object, and this is a type: write { type: … }",
  ],
  [
    () => cookie('cart', new Cart()),
    "ERR_SESSION_CONFIG session 'cart' takes its options as a plain object, not a Cart: write { storage, transform, serializer, schema, type, idleTimeout, absoluteTimeout, touchAfter, generateId, subject, revocations, conflict, deferred, maxSize, onInvalid, cookie }, or some of these",
  ],
  [
    () => cookie('cart', plain()),
    "ERR_SESSION_CONFIG session 'cart': the options must be an object, and this is a transform: write { transform: … }",
  ],
  [
    () => cookie('cart', JSON),
    "ERR_SESSION_CONFIG session 'cart': the options must be an object, and this is a serializer: write { serializer: … }",
  ],
  [
    () => cookie('cart', schema),
    "ERR_SESSION_CONFIG session 'cart': the options must be an object, and this is a schema: write { schema: … }",
  ],
  [
    () => cookie('cart', { storge: storage }),
    "ERR_SESSION_CONFIG session 'cart' has no option 'storge': it takes storage, transform, serializer, schema, type, idleTimeout, absoluteTimeout, touchAfter, generateId, subject, revocations, conflict, deferred, maxSize, onInvalid, cookie",
  ],
  [
    () => cookie('cart', { storage: null }),
    "ERR_SESSION_CONFIG session 'cart': 'storage' is null: leave it out, or write { storage: memoryStorage() }",
  ],
  [
    () => cookie('cart', { storage: memoryStorage }),
    "ERR_SESSION_CONFIG session 'cart': 'storage' is given a function: call it first, as in { storage: memoryStorage() }",
  ],
  [
    () => cookie('cart', { storage: Promise.resolve(storage) }),
    "ERR_SESSION_CONFIG session 'cart': 'storage' is a promise: await it first",
  ],
  [
    () => cookie('cart', { storage: {} }),
    "ERR_SESSION_CONFIG session 'cart': 'storage' must be something such as memoryStorage(), not an object: it has no method 'create'",
  ],
  [
    () => cookie('cart', { storage: 'redis://localhost' }),
    "ERR_SESSION_CONFIG session 'cart': 'storage' must be something such as memoryStorage(), not a string: it has no method 'create'",
  ],
  [
    () => cookie('cart', { storage: redis }),
    "ERR_SESSION_CONFIG session 'cart': 'storage' is given the client of a database: write { storage: redisStorage(client) }",
  ],
  [
    () => cookie('cart', { storage: pool }),
    "ERR_SESSION_CONFIG session 'cart': 'storage' is given the client of a database: write { storage: postgresStorage(pool) }",
  ],
  [
    () => cookie('cart', { storage: store }),
    "ERR_SESSION_CONFIG session 'cart': 'storage' is given a store of express-session: write { storage: expressStorage(store) }",
  ],
  [
    () => cookie('cart', { transform: null }),
    "ERR_SESSION_CONFIG session 'cart': 'transform' is null: leave it out, or write transform: plain() to protect nothing",
  ],
  [
    () => cookie('cart', { transform: encrypt }),
    "ERR_SESSION_CONFIG session 'cart': 'transform' is given a function: call it, as in encrypt({ keys })",
  ],
  [
    () => cookie('cart', { transform: [] }),
    "ERR_SESSION_CONFIG session 'cart': 'transform' is an empty list, which protects nothing: leave it out, or write transform: plain()",
  ],
  [
    () => cookie('cart', { transform: [plain(), null] }),
    "ERR_SESSION_CONFIG session 'cart': 'transform' is null: leave it out, or write { transform: encrypt({ keys }) }",
  ],
  [
    () => cookie('cart', { transform: key }),
    "ERR_SESSION_CONFIG session 'cart': 'transform' must be something such as encrypt({ keys }), not a string: it has no method 'bind'",
  ],
  [
    () => cookie('cart', { serializer: JSON.stringify }),
    "ERR_SESSION_CONFIG session 'cart': 'serializer' must be something such as JSON, not a function: it has no method 'stringify'",
  ],
  [
    () => cookie('cart', { serializer: { stringify: JSON.stringify } }),
    "ERR_SESSION_CONFIG session 'cart': 'serializer' must be something such as JSON, not an object: it has no method 'parse'",
  ],
  [
    () => cookie('cart', { schema: () => true }),
    "ERR_SESSION_CONFIG session 'cart': 'schema' must be a Standard Schema (Zod, Valibot, ArkType …), not a function that has no '~standard'.validate",
  ],
  [
    () => cookie('cart', { schema: { id: 'string' } }),
    "ERR_SESSION_CONFIG session 'cart': 'schema' must be a Standard Schema (Zod, Valibot, ArkType …), not an object that has no '~standard'.validate",
  ],
  [
    () => cookie('cart', { schema: null }),
    "ERR_SESSION_CONFIG session 'cart': 'schema' must be a Standard Schema (Zod, Valibot, ArkType …), not null that has no '~standard'.validate",
  ],
  [
    () => cookie('cart', { type: () => new Cart() }),
    "ERR_SESSION_CONFIG session 'cart': 'type' must be a class, as in { type: Cart }, not an arrow function",
  ],
  [
    () => cookie('cart', { type: new Cart() }),
    "ERR_SESSION_CONFIG session 'cart': 'type' must be a class, as in { type: Cart }, not an instance (a Cart)",
  ],
  [
    () => cookie('cart', { type: 'Cart' }),
    "ERR_SESSION_CONFIG session 'cart': 'type' must be a class, as in { type: Cart }, not a string",
  ],
  [
    () => cookie('cart', { type: {} }),
    "ERR_SESSION_CONFIG session 'cart': 'type' must be a class, as in { type: Cart }, not an object",
  ],
  [
    () => cookie('cart', { idleTimeout: NaN }),
    "ERR_SESSION_CONFIG session 'cart': idleTimeout must be a duration from 0 to 10,000,000 days: a number of milliseconds, or a text such as '30m', '12h' or '7d'",
  ],
  [
    () => cookie('cart', { idleTimeout: '30 m' }),
    "ERR_SESSION_CONFIG session 'cart': idleTimeout must be a duration from 0 to 10,000,000 days: a number of milliseconds, or a text such as '30m', '12h' or '7d'",
  ],
  [
    () => cookie('cart', { idleTimeout: Infinity }),
    "ERR_SESSION_CONFIG session 'cart': idleTimeout must be a duration from 0 to 10,000,000 days: a number of milliseconds, or a text such as '30m', '12h' or '7d'",
  ],
  [
    () => cookie('cart', { idleTimeout: ['30m'] }),
    "ERR_SESSION_CONFIG session 'cart': idleTimeout must be a duration from 0 to 10,000,000 days: a number of milliseconds, or a text such as '30m', '12h' or '7d'",
  ],
  [
    () => cookie('cart', { idleTimeout: 0 }),
    "ERR_SESSION_CONFIG session 'cart': idleTimeout must be above 0: write null for no limit",
  ],
  [
    () => cookie('cart', { absoluteTimeout: false }),
    "ERR_SESSION_CONFIG session 'cart': absoluteTimeout must be a duration from 0 to 10,000,000 days: a number of milliseconds, or a text such as '30m', '12h' or '7d'",
  ],
  [
    () => cookie('cart', { touchAfter: null }),
    "ERR_SESSION_CONFIG session 'cart': touchAfter must be a duration from 0 to 10,000,000 days: a number of milliseconds, or a text such as '30m', '12h' or '7d'",
  ],
  [
    () => cookie('cart', { touchAfter: '8d' }),
    "ERR_SESSION_CONFIG session 'cart': touchAfter must be below idleTimeout: otherwise the session is never renewed",
  ],
  [
    () => cookie('cart', { storage, generateId: 'uuid' }),
    "ERR_SESSION_CONFIG session 'cart': 'generateId' must be a function, not a string",
  ],
  [
    () => cookie('cart', { storage, subject: 'id' }),
    "ERR_SESSION_CONFIG session 'cart': 'subject' must be a function, not a string",
  ],
  [
    () => cookie('cart', { storage, deferred: 'false' }),
    "ERR_SESSION_CONFIG session 'cart': 'deferred' must be true or false, not a string",
  ],
  [
    () => cookie('cart', { storage, onInvalid: true }),
    "ERR_SESSION_CONFIG session 'cart': 'onInvalid' must be a function, not a boolean",
  ],
  [
    () => cookie('cart', { storage, conflict: 'merge' }),
    "ERR_SESSION_CONFIG session 'cart': 'conflict' must be 'overwrite' or 'reject'",
  ],
  [
    () => cookie('cart', { deferred: true }),
    "ERR_SESSION_CONFIG session 'cart': 'deferred' is for sessions by id: give a 'storage', or leave it out",
  ],
  [
    () => cookie('cart', { revocations: {}, subject: () => 'ada' }),
    "ERR_SESSION_CONFIG session 'cart': 'revocations' must be something such as directoryStorage(path), not an object: it has no method 'create'",
  ],
  [
    () => cookie('cart', { cookie: null }),
    "ERR_SESSION_CONFIG session 'cart': 'cookie' takes its options as a plain object, not null: write { path, domain, maxAge, secure, httpOnly, sameSite, partitioned, priority, chunks }, or some of these",
  ],
  [
    () => cookie('cart', { cookie: 'Secure; HttpOnly' }),
    "ERR_SESSION_CONFIG session 'cart': 'cookie' takes its options as a plain object, not a string: write { path, domain, maxAge, secure, httpOnly, sameSite, partitioned, priority, chunks }, or some of these",
  ],
  [
    () => cookie('cart', { cookie: { samesite: 'lax' } }),
    "ERR_SESSION_CONFIG session 'cart': 'cookie' has no option 'samesite': it takes path, domain, maxAge, secure, httpOnly, sameSite, partitioned, priority, chunks",
  ],
  [
    () => cookie('cart', { cookie: { sameSite: 'Lax' } }),
    "ERR_SESSION_CONFIG session 'cart': cookie.sameSite must be one of 'strict', 'lax', 'none', not another text",
  ],
  [
    () => cookie('cart', { cookie: { sameSite: true } }),
    "ERR_SESSION_CONFIG session 'cart': cookie.sameSite must be one of 'strict', 'lax', 'none', not a boolean",
  ],
  [
    () => cookie('cart', { cookie: { secure: 'false' } }),
    "ERR_SESSION_CONFIG session 'cart': cookie.secure must be true or false, not a string",
  ],
  [
    () => cookie('cart', { cookie: { httpOnly: 0 } }),
    "ERR_SESSION_CONFIG session 'cart': cookie.httpOnly must be true or false, not a number",
  ],
  [
    () => cookie('cart', { cookie: { maxAge: true } }),
    "ERR_SESSION_CONFIG session 'cart': cookie.maxAge must be a duration from 0 to 10,000,000 days: a number of milliseconds, or a text such as '30m', '12h' or '7d'",
  ],
  [
    () => cookie('cart', { cookie: { chunks: '2' } }),
    "ERR_SESSION_CONFIG session 'cart': cookie.chunks must be a whole number from 1 to 16",
  ],
  [
    () => header(),
    "ERR_SESSION_CONFIG header() needs a name, a string, and there is none: write header('X-Cart', { … })",
  ],
  [
    () => header(null),
    "ERR_SESSION_CONFIG header() needs a name, a string, and it is null: write header('X-Cart', { … })",
  ],
  [
    () => header('X-Cart', storage),
    "ERR_SESSION_CONFIG session 'X-Cart': the options must be an object, and this is a storage: write { storage: … }",
  ],
  [
    () => header('X-Cart', { scheme: 1 }),
    "ERR_SESSION_CONFIG session 'X-Cart': 'scheme' must be a string, not a number",
  ],
  [
    () => header('X-Cart', { response: null }),
    "ERR_SESSION_CONFIG session 'X-Cart': 'response' must be a string, not null",
  ],
  [
    () => header('Authorization', { scheme: 'Bearer' }),
    "ERR_SESSION_CONFIG session 'Authorization': Authorization is a request header: name the header that carries a new token in 'response'",
  ],
  [
    () => header('Set-Cookie'),
    "ERR_SESSION_CONFIG session 'Set-Cookie': 'Set-Cookie' is a header that HTTP itself uses: write one of your own, such as 'X-Session'",
  ],
  [
    () => header('content-length'),
    "ERR_SESSION_CONFIG session 'content-length': 'content-length' is a header that HTTP itself uses: write one of your own, such as 'X-Session'",
  ],
  [
    () => header('X-Cart', { response: 'Cache-Control' }),
    "ERR_SESSION_CONFIG session 'X-Cart': 'Cache-Control' is a header that HTTP itself uses: write one of your own, such as 'X-Session'",
  ],
  [
    () => header('Sec-Cart'),
    "ERR_SESSION_CONFIG session 'Sec-Cart': 'Sec-Cart' is a header that HTTP itself uses: write one of your own, such as 'X-Session'",
  ],
  [
    () => session(),
    "ERR_SESSION_CONFIG session() needs a name, a string, and there is none: write session('cart', { … })",
  ],
  [() => session(''), 'ERR_SESSION_CONFIG session() needs a name, and it is empty'],
  [
    () => session('link'),
    "ERR_SESSION_CONFIG session 'link' takes its options as a plain object, not undefined: write { storage, transform, serializer, schema, type, idleTimeout, absoluteTimeout, touchAfter, generateId, subject, revocations, conflict, deferred, maxSize, onInvalid, transport }, or some of these",
  ],
  [
    () => session('link', {}),
    "ERR_SESSION_CONFIG session 'link': there is no 'transport': give { receive, send, clear }, or use cookie() or header()",
  ],
  [
    () => session('link', { transport: null }),
    "ERR_SESSION_CONFIG session 'link': there is no 'transport': give { receive, send, clear }, or use cookie() or header()",
  ],
  [
    () => session('link', { transport: { receive: () => null } }),
    "ERR_SESSION_CONFIG session 'link': 'transport' must be something such as { receive, send, clear }, not an object: it has no method 'send'",
  ],
  [
    () => session('link', { transport: () => ({}) }),
    "ERR_SESSION_CONFIG session 'link': 'transport' must be something such as { receive, send, clear }, not a function: it has no method 'receive'",
  ],
  [
    () => session('half \ud800', { transport: { receive: () => null, send() {}, clear() {} } }),
    'ERR_SESSION_CONFIG session(): the name has half a character (a lone surrogate)',
  ],
  [
    () => sessions(),
    'ERR_SESSION_CONFIG sessions() takes a list of definitions, not undefined: write sessions([UserSession])',
  ],
  [
    () => sessions(User),
    'ERR_SESSION_CONFIG sessions() takes a list of definitions, not a definition: write sessions([UserSession])',
  ],
  [
    () => sessions([]),
    'ERR_SESSION_CONFIG sessions() takes a list of definitions, not an empty list: write sessions([UserSession])',
  ],
  [
    () => sessions({ User }),
    'ERR_SESSION_CONFIG sessions() takes a list of definitions, not an object: write sessions([UserSession])',
  ],
  [
    () => sessions([cookie]),
    "ERR_SESSION_CONFIG sessions([…]) takes definitions, made by cookie(), header() or session(), not a function: call it, as in cookie('cart')",
  ],
  [
    () => sessions([undefined]),
    'ERR_SESSION_CONFIG sessions([…]) takes definitions, made by cookie(), header() or session(), not undefined',
  ],
  [
    () => sessions([[User]]),
    'ERR_SESSION_CONFIG sessions([…]) takes definitions, made by cookie(), header() or session(), not an array: write its definitions into the list itself',
  ],
  [() => sessions([User, User]), "ERR_SESSION_CONFIG two sessions are named 'user': give them different names"],
  [
    () => sessions([{ name: 'user' }]),
    'ERR_SESSION_CONFIG sessions([…]) takes definitions, made by cookie(), header() or session(), not an object',
  ],
  [
    () => sessions([Promise.resolve(User)]),
    'ERR_SESSION_CONFIG sessions([…]) takes definitions, made by cookie(), header() or session(), not a promise',
  ],
  [
    () => sessions([User], null),
    'ERR_SESSION_CONFIG sessions() takes its options as a plain object, not null: write { app, keys, clock, random }, or some of these',
  ],
  [
    () => sessions([User], app),
    'ERR_SESSION_CONFIG sessions() takes its options as a plain object, not an Application: write { app, keys, clock, random }, or some of these',
  ],
  [
    () => sessions([User], { key }),
    "ERR_SESSION_CONFIG sessions() has no option 'key': it takes app, keys, clock, random",
  ],
  [
    () => sessions([User], { app: null }),
    "ERR_SESSION_CONFIG sessions(): 'app' must be the Koa app, not null: write { app } with const app = new Koa()",
  ],
  [
    () => sessions([User], { app: () => app }),
    "ERR_SESSION_CONFIG sessions(): 'app' must be the Koa app, not a function: write { app } with const app = new Koa()",
  ],
  [
    () => sessions([User], { app: 'app' }),
    "ERR_SESSION_CONFIG sessions(): 'app' must be the Koa app, not a string: write { app } with const app = new Koa()",
  ],
  [
    () => sessions([User], { app: {} }),
    "ERR_SESSION_CONFIG sessions(): 'app' must be the Koa app, not an object: write { app } with const app = new Koa()",
  ],
  [
    () => sessions([User], { clock: 1_700_000_000 }),
    "ERR_SESSION_CONFIG sessions(): 'clock' must be a function, not a number",
  ],
  [
    () => sessions([User], { random: 'crypto' }),
    "ERR_SESSION_CONFIG sessions(): 'random' must be a function, not a string",
  ],
  [
    () => sessions([User], { clock: () => 'now' }),
    "ERR_SESSION_CONFIG 'clock' must return the time in epoch milliseconds, as Date.now does, not a string",
  ],
  [
    () => sessions([User], { clock: () => NaN }),
    "ERR_SESSION_CONFIG 'clock' must return the time in epoch milliseconds, as Date.now does, not NaN",
  ],
  [
    () => sessions([User], { clock: async () => Date.now() }),
    "ERR_SESSION_CONFIG 'clock' must return the time in epoch milliseconds, as Date.now does, not a promise",
  ],
  [
    () => sessions([User], { random: () => Buffer.alloc(3) }),
    "ERR_SESSION_CONFIG 'random' must return as many bytes as requested, as crypto.randomBytes does: of 32 bytes it returned 3 bytes",
  ],
  [
    () => sessions([User], { random: () => 'abc' }),
    "ERR_SESSION_CONFIG 'random' must return as many bytes as requested, as crypto.randomBytes does: of 32 bytes it returned a string",
  ],
  [
    () => sessions([User], { keys: null }),
    'ERR_SESSION_KEYS sessions({ keys }): a key must be a text or a byte array, not null',
  ],
  [
    () => sessions([User], { keys: 42 }),
    'ERR_SESSION_KEYS sessions({ keys }): a key must be a text or a byte array, not a number',
  ],
  [
    () => sessions([User], { keys: Promise.resolve([key]) }),
    'ERR_SESSION_KEYS sessions({ keys }): a key must be a text or a byte array, not a promise; await the keys first',
  ],
  [
    () => sign(),
    'ERR_SESSION_KEYS sign(keys): a key must be a text or a byte array, not undefined; is the environment variable set?',
  ],
  [
    () => sign('secret'),
    `ERR_SESSION_KEYS sign(keys): a key has 6 characters, at least 32 are needed: make one with: node -p "crypto.randomBytes(32).toString('base64url')"`,
  ],
  [
    () => sign([key, key]),
    `ERR_SESSION_KEYS sign(keys): one key is there twice, and a new key must differ from the old ones: make one with: node -p "crypto.randomBytes(32).toString('base64url')"`,
  ],
  [
    () => sign(['a'.repeat(32)]),
    `ERR_SESSION_KEYS sign(keys): a key can be guessed, because it has too few different characters: make one with: node -p "crypto.randomBytes(32).toString('base64url')"`,
  ],
  [() => sign([[key]]), 'ERR_SESSION_KEYS sign(keys): a key must be a text or a byte array, not an array'],
  [
    () => encrypt(),
    'ERR_SESSION_CONFIG encrypt() takes its options as a plain object, not undefined: write { keys }, or some of these',
  ],
  [
    () => encrypt(key),
    'ERR_SESSION_CONFIG encrypt() takes its options as a plain object, not a string: write { keys }, or some of these',
  ],
  [
    () => encrypt([key]),
    'ERR_SESSION_CONFIG encrypt() takes its options as a plain object, not an array: write { keys }, or some of these',
  ],
  [() => encrypt({ key }), "ERR_SESSION_CONFIG encrypt() has no option 'key': it takes keys"],
  [() => encrypt({ keys: null }), 'ERR_SESSION_KEYS encrypt({ keys }): a key must be a text or a byte array, not null'],
  [
    () => seal(key),
    'ERR_SESSION_CONFIG seal() takes its options as a plain object, not a string: write { password }, or some of these',
  ],
  [
    () => seal({ password: Buffer.from(key) }),
    "ERR_SESSION_KEYS seal({ password }): a password must be a text, not bytes: write key.toString('base64url')",
  ],
  [
    () => transformer(),
    'ERR_SESSION_CONFIG transformer() takes its options as a plain object, not undefined: write { encode, decode, async, authenticates }, or some of these',
  ],
  [
    () => transformer({ encode: String }),
    "ERR_SESSION_CONFIG transformer(): 'decode' is missing: give 'encode' and 'decode'",
  ],
  [
    () => transformer({ encode: String, decode: 'base64' }),
    "ERR_SESSION_CONFIG transformer(): 'decode' must be a function, not a string",
  ],
  [
    () => transformer({ encode: String, decode: String, async: 'true' }),
    "ERR_SESSION_CONFIG transformer(): 'async' must be true or false, not a string",
  ],
  [
    () => authenticate(),
    'ERR_SESSION_CONFIG authenticate() takes a definition, made by cookie(), header() or session(), not undefined',
  ],
  [
    () => authenticate('user'),
    'ERR_SESSION_CONFIG authenticate() takes a definition, made by cookie(), header() or session(), not a string',
  ],
  [
    () => authenticate(cookie),
    'ERR_SESSION_CONFIG authenticate() takes a definition, made by cookie(), header() or session(), not a function',
  ],
  [
    () => authenticate(User, null),
    "ERR_SESSION_CONFIG authenticate() of session 'user' takes its options as a plain object, not null: write { validate, challenge, skipWhen, optional }, or some of these",
  ],
  [
    () => authenticate(User, '/login'),
    "ERR_SESSION_CONFIG authenticate() of session 'user' takes its options as a plain object, not a string: write { validate, challenge, skipWhen, optional }, or some of these",
  ],
  [
    () => authenticate(User, { redirect: '/login' }),
    "ERR_SESSION_CONFIG authenticate() of session 'user' has no option 'redirect': it takes validate, challenge, skipWhen, optional",
  ],
  [
    () => authenticate(User, { challenge: 401 }),
    "ERR_SESSION_CONFIG authenticate() of session 'user': 'challenge' must be the address of a page, such as '/login', or a function, not a number",
  ],
  [
    () => authenticate(User, { challenge: '' }),
    "ERR_SESSION_CONFIG authenticate() of session 'user': 'challenge' must be the address of a page, such as '/login', or a function, not an empty string",
  ],
  [
    () => authenticate(User, { skipWhen: '/public' }),
    "ERR_SESSION_CONFIG authenticate() of session 'user': 'skipWhen' must be a function, not a string",
  ],
  [
    () => authenticate(User, { validate: true }),
    "ERR_SESSION_CONFIG authenticate() of session 'user': 'validate' must be a function, not a boolean",
  ],
  [
    () => authenticate(User, { optional: 'false' }),
    "ERR_SESSION_CONFIG authenticate() of session 'user': 'optional' must be true or false, not a string",
  ],
  [
    () => requireFresh(User),
    "ERR_SESSION_CONFIG session 'user': the second argument of requireFresh(definition, maxAge) must be a duration from 0 to 10,000,000 days: a number of milliseconds, or a text such as '30m', '12h' or '7d'",
  ],
  [
    () => requireFresh(User, { maxAge: '10m' }),
    "ERR_SESSION_CONFIG session 'user': the second argument of requireFresh(definition, maxAge) must be a duration from 0 to 10,000,000 days: a number of milliseconds, or a text such as '30m', '12h' or '7d'",
  ],
  [
    () => requireFresh(User, '10m', '/login'),
    "ERR_SESSION_CONFIG requireFresh() of session 'user' takes its options as a plain object, not a string: write { challenge }, or some of these",
  ],
  [
    () => mirror(User),
    "ERR_SESSION_CONFIG mirror() of session 'user' takes its options as a plain object, not undefined: write { expose, maxStreams }, or some of these",
  ],
  [
    () => mirror('user', { expose: String }),
    'ERR_SESSION_CONFIG mirror() takes a definition, made by cookie(), header() or session(), not a string',
  ],
  [
    () => mirror(User, { expose: ['id'] }),
    "ERR_SESSION_CONFIG mirror() of session 'user': say in 'expose' what the browser may see",
  ],
  [
    () => cookieJar(null),
    'ERR_SESSION_CONFIG cookieJar() takes its options as a plain object, not null: write { clock }, or some of these',
  ],
  [() => cookieJar({ clock: 0 }), "ERR_SESSION_CONFIG cookieJar(): 'clock' must be a function, not a number"],
]

for (const [code, told] of CARELESS) {
  test(`${String(code).replace('() => ', '')} is told what is wrong and what to write`, (t) => {
    const error: unknown = t.throws(code)
    if (!library.isSessionError(error)) return t.fail(String(error))
    t.is(`${error.code} ${error.message}`, told)
    t.false(error.message.includes(String(key)))
  })
}
