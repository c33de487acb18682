import { inspect } from 'node:util'
import test from 'ava'
import { cookie, encrypt, header, memoryStorage, session, type SessionStorage } from 'koa-typed-sessions'
import { resolvedDefinition } from '../../lib/definition/definition.ts'
import { any, refused } from '../scenarios/_support/refusals.ts'
import { KEY } from '../support/app.ts'

interface User {
  id: string
}

const DAY = 86_400_000

test('only what cookie, header and session give is a definition', (t) => {
  const transport = { receive: () => null, send: () => {}, clear: () => {} }
  for (const [definition, kind] of [
    [cookie<User>('user'), 'cookie'],
    [header<User>('X-User'), 'header'],
    [session<User>('user', { transport }), 'custom'],
  ] as const) {
    t.is(resolvedDefinition(definition)?.kind, kind)
    t.is(resolvedDefinition(definition)?.name, definition.name)
  }
  const copied = { ...cookie<User>('user') }
  for (const other of [undefined, null, 'user', 1, {}, copied, Object.create(cookie<User>('user')), class {}])
    t.is(resolvedDefinition(other), undefined, inspect(other))
})

test('a definition shows its name and nothing else, and cannot be changed', (t) => {
  const definition = cookie<User>('user', {
    transform: encrypt({ keys: [KEY] }),
    cookie: { path: '/hidden' },
    subject: ({ id }) => id,
  })
  t.deepEqual(Object.keys(definition), ['name'])
  for (const shown of [JSON.stringify(definition), inspect(definition, { depth: 9, showHidden: true })]) {
    t.true(shown.includes('user'))
    for (const secret of [KEY, '/hidden', 'subject']) t.false(shown.includes(secret), shown)
  }
  t.throws(() => Object.assign(definition, { name: 'admin' }), { instanceOf: TypeError })
})

test('a session lives 7 days from its last use and 30 in all, renewed after a tenth, unless told otherwise', (t) => {
  for (const [options, lifetimes] of [
    [{}, { idleTimeout: 7 * DAY, absoluteTimeout: 30 * DAY, touchAfter: (7 * DAY) / 10 }],
    [{ idleTimeout: '15ms' }, { idleTimeout: 15, absoluteTimeout: 30 * DAY, touchAfter: 2 }],
    [
      { idleTimeout: 1000, touchAfter: 0 },
      { idleTimeout: 1000, absoluteTimeout: 30 * DAY, touchAfter: 0 },
    ],
    [
      { idleTimeout: null, absoluteTimeout: '12h' },
      { idleTimeout: null, absoluteTimeout: DAY / 2, touchAfter: 0 },
    ],
    [{ absoluteTimeout: null }, { idleTimeout: 7 * DAY, absoluteTimeout: null, touchAfter: (7 * DAY) / 10 }],
    [
      { idleTimeout: '1h', touchAfter: '59m' },
      { idleTimeout: DAY / 24, absoluteTimeout: 30 * DAY, touchAfter: 59 * 60_000 },
    ],
  ] as const) {
    t.deepEqual(resolvedDefinition(cookie<User>('user', options))?.lifetimes, lifetimes)
  }
})

test('a timeout of nothing is refused: null is no limit', (t) => {
  refused(
    t,
    'ERR_SESSION_CONFIG',
    {
      idle: () => cookie<User>('user', { idleTimeout: 0 }),
      absolute: () => cookie<User>('user', { absoluteTimeout: '0s' }),
    },
    /session 'user': (?:idle|absolute)Timeout must be above 0: write null for no limit/,
  )
})

test('a session of one tick, which nothing could renew, is refused', (t) => {
  refused(t, 'ERR_SESSION_CONFIG', { tick: () => cookie<User>('user', { idleTimeout: 1 }) }, /touchAfter must be below/)
})

test('options that contradict each other are refused, each with what to write instead', (t) => {
  const storage = memoryStorage()
  const subject = ({ id }: User): string => id
  for (const [make, message] of [
    [() => cookie<User>('user', { storage, revocations: storage, subject }), /'revocations' is for sessions by value/],
    [() => cookie<User>('user', { revocations: storage }), /'revocations' needs a 'subject'/],
    [() => cookie<User>('user', { generateId: () => '' }), /'generateId' is for sessions by id: give a 'storage'/],
    [() => cookie<User>('user', { conflict: 'reject' }), /'conflict' is for sessions by id/],
    [() => cookie<User>('user', { deferred: true }), /'deferred' is for sessions by id/],
    [() => cookie<User>('user', { storage, conflict: any('merge') }), /'conflict' must be 'overwrite' or 'reject'/],
  ] as const)
    refused(t, 'ERR_SESSION_CONFIG', { it: make }, message)
})

test('what is handed in must have the methods that are called on it', (t) => {
  const { update: _, ...incomplete } = { ...methodsOf(memoryStorage()) }
  const subject = ({ id }: User): string => id
  for (const [make, message] of [
    [() => cookie<User>('user', { storage: any(incomplete) }), /'storage' must be .*: it has no method 'update'/],
    [() => cookie<User>('user', { storage: any(null) }), /'storage' is null: leave it out/],
    [
      () => cookie<User>('user', { revocations: any(incomplete), subject }),
      /'revocations' must be .*: it has no method 'update'/,
    ],
    [
      () => cookie<User>('user', { serializer: any({ parse: JSON.parse }) }),
      /'serializer' must be .*: it has no method 'stringify'/,
    ],
    [
      () => cookie<User>('user', { schema: any({ parse: JSON.parse }) }),
      /'schema' must be a Standard Schema .* not an object/,
    ],
    [
      () => cookie<User>('user', { transform: any({ encode: String }) }),
      /'transform' must be .*: it has no method 'bind'/,
    ],
    [() => cookie<User>('user', { transform: any([encrypt]) }), /'transform' is given a function: call it/],
    [() => cookie<User>('user', { transform: [] }), /'transform' is an empty list, which protects nothing/],
    [() => cookie<User>('user', { onInvalid: any('log') }), /'onInvalid' must be a function/],
    [() => cookie<User>('user', { type: any({}) }), /'type' must be a class, .* not an object/],
    [() => session<User>('user', any({})), /there is no 'transport'/],
    [
      () => session<User>('user', { transport: any({ receive: () => null }) }),
      /'transport' must be .*: it has no method 'send'/,
    ],
  ] as const)
    refused(t, 'ERR_SESSION_CONFIG', { it: make }, message)
})

test('a storage that evicts nothing and cannot list is enough for revocations: three verbs are used', (t) => {
  const { create, read, update } = methodsOf(memoryStorage())
  const revocations = any<SessionStorage>({ create, read, update })
  t.notThrows(() => cookie<User>('user', { revocations, subject: ({ id }) => id }))
})

function methodsOf(engine: SessionStorage): SessionStorage {
  return {
    create: engine.create.bind(engine),
    read: engine.read.bind(engine),
    update: engine.update.bind(engine),
    touch: engine.touch.bind(engine),
    delete: engine.delete.bind(engine),
    rotate: engine.rotate.bind(engine),
  }
}
