import assert from 'node:assert/strict'
import test from 'ava'
import type { Context } from 'koa'
import { cookie, memoryStorage, type SessionDefinition } from 'koa-typed-sessions'
import { manualClock, type CreateStorage } from 'koa-typed-sessions/testing'
import { interleavings, type InterleavingsOptions } from '../support/interleavings.ts'
import { BROKEN } from '../testing/_broken-storages.ts'
import { inProcess, type Answer, type Server } from './_in-process.ts'

interface User {
  id: string
  count: number
  [key: `key ${number}`]: boolean
}

/** What a request does with the session that it found; the number tells it from the others. */
const requests = {
  read: () => {},
  set: (ctx, User, number) => ctx.sessions.set(User, { id: 'ada', count: 100 * (number + 1) }),
  update: (ctx, User) => ctx.sessions.update(User, (user) => ({ ...user, id: 'ada', count: user!.count + 1 })),
  'set a key': (ctx, User, number) => void ctx.sessions.open(User).set(`key ${number}`, true),
  clear: (ctx, User) => ctx.sessions.clear(User),
  'log in': (ctx, User) => ctx.sessions.set(User, { id: 'ada', count: 0 }, { regenerate: true }),
  'get another id': (ctx, User) => ctx.sessions.open(User).regenerateId(),
} as const satisfies Readonly<Record<string, (ctx: Context, User: SessionDefinition<User>, number: number) => unknown>>

type Request = keyof typeof requests

const MINUTE = 60_000
const NAMES = Object.keys(requests) as Request[]

/** The token of the cookie that an answer sets, `undefined` where it sets none or expires it. */
function tokenOf({ setCookie }: Answer): string | undefined {
  return setCookie.map((line) => /^user=([^;]+)/.exec(line)?.[1]).find((token) => token !== undefined)
}

/** Plays requests with one session against each other in all orders, and checks after each what must never be. */
async function race(
  names: readonly Request[],
  servers: 'one server' | 'a server each',
  options: InterleavingsOptions,
  create: CreateStorage = memoryStorage,
): Promise<{ count: number; complete: boolean }> {
  return await interleavings(async ({ scheduled, together }) => {
    const clock = manualClock()
    const engine = await create({ clock })
    const User = cookie<User>('user', { storage: scheduled(engine), subject: ({ id }) => id, idleTimeout: '30m' })
    const server = (): Server => inProcess([User], { clock })
    const first = server()
    const token = tokenOf(await first.send((ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }))) as string
    // A renewal is due.
    clock.advance(10 * MINUTE)

    const results = await together<Answer[]>(
      ...names.map((name, number) => {
        const { send } = servers === 'one server' ? first : server()
        // Who comes too late for the session is told so. A login needs none.
        const handler = (ctx: Context): unknown =>
          name === 'log in' || ctx.sessions.get(User) ? requests[name](ctx, User, number) : (ctx.status = 404)
        return () => send(handler, `user=${token}`)
      }),
    )
    const answers = results.map((result) => {
      if (result.status === 'rejected') throw result.reason
      return result.value
    })
    const done = (name: Request): number =>
      answers.filter(({ status }, index) => names[index] === name && status < 300).length
    const did = (name: Request): boolean => done(name) > 0

    const values = new Map<string, User | undefined>()
    for (const one of [token, ...answers.map(tokenOf)]) {
      if (one === undefined) continue
      await server().send((ctx) => void values.set(one, ctx.sessions.get(User)), `user=${one}`)
    }
    const alive = [...values].filter(([, value]) => value !== undefined)
    const tokens = alive.map(([one]) => one)
    const handles = (await first.mounted.list(User, 'ada')).map(({ handle }) => handle)

    for (const [index, { status }] of answers.entries()) {
      assert.ok(
        status === 204 || status === 404 || (status === 409 && names[index] === 'update'),
        `${names[index]}: ${status}`,
      )
    }
    if (did('clear') || did('log in')) assert.ok(!tokens.includes(token), 'the session came back under its old id')
    if (did('clear') && !did('log in')) assert.deepEqual(tokens, [], 'the session came back')
    if (!did('clear')) assert.ok(alive.length > 0, 'the session is lost')
    if (!did('log in')) assert.ok(alive.length <= 1, 'two live ids')
    assert.equal(new Set(handles).size, handles.length, 'one session, two ids')
    assert.equal(handles.length, alive.length, 'what is listed is not what lives')
    for (const [index, answer] of answers.entries()) {
      const mayTell = names[index] === 'log in' || names[index] === 'get another id'
      assert.ok(mayTell || tokenOf(answer) === undefined, `${names[index]} gave the browser a live cookie`)
    }
    const [value] = alive.map(([, found]) => found)
    if (value && !did('set') && !did('log in')) {
      assert.equal(value.count, done('update'), 'an update is lost')
      if (!did('get another id')) {
        for (const [index, name] of names.entries()) {
          if (name === 'set a key' && answers[index]?.status === 204) assert.ok(value[`key ${index}`], 'a key is lost')
        }
      }
    }
  }, options)
}

for (const servers of ['one server', 'a server each'] as const) {
  for (const [index, one] of NAMES.entries()) {
    for (const other of NAMES.slice(index)) {
      test.serial(
        `two requests at ${servers}, one to ${one} and one to ${other}, keep every promise in every order`,
        async (t) => {
          const { count, complete } = await race([one, other], servers, { limit: 1000 })
          t.true(complete, `${count} are not all`)
        },
      )
    }
  }

  for (const two of [
    ['update', 'clear'],
    ['log in', 'clear'],
    ['update', 'set a key'],
  ] as const) {
    test.serial(
      `two requests at ${servers}, one to ${two.join(' and one to ')}, keep every promise where answers are late`,
      async (t) => {
        const { count } = await race(two, servers, { limit: 100, lateAnswers: true })
        t.true(count > 50)
      },
    )
  }

  for (const three of [
    ['update', 'update', 'update'],
    ['update', 'set a key', 'clear'],
    ['read', 'update', 'clear'],
    ['set', 'update', 'log in'],
    ['read', 'log in', 'clear'],
    ['set a key', 'set a key', 'set a key'],
    ['update', 'get another id', 'clear'],
    ['log in', 'clear', 'clear'],
  ] as const) {
    test.serial(
      `three requests at ${servers}, to ${three.join(', to ')}, keep every promise in the orders that are tried`,
      async (t) => {
        const { count } = await race(three, servers, { limit: 40 })
        t.true(count > 20)
      },
    )
  }
}

for (const [what, names, broken] of [
  ['the session came back', ['update', 'clear'], 'that creates on update'],
  ['the session came back under its old id', ['update', 'log in'], 'that leaves the old key alive'],
  ['an update is lost', ['update', 'update'], 'that compares no version'],
] as const) {
  test.serial(
    `a storage ${broken} breaks a promise in some order of requests to ${names.join(' and to ')}`,
    async (t) => {
      const create = BROKEN[broken]!.create
      const error = await t.throwsAsync(race(names, 'a server each', {}, create))
      t.true(error?.message.startsWith(what), error?.message)
    },
  )
}
