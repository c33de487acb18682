import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import test, { type ExecutionContext } from 'ava'
import { cookie, memoryStorage, type SessionEvent, type SessionEventName } from 'koa-typed-sessions'
import { manualClock } from '../../lib/testing/index.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { gate } from '../support/gate.ts'
import { serveApp } from '../support/app.ts'

const NAMES: readonly SessionEventName[] = [
  'created',
  'read',
  'updated',
  'touched',
  'regenerated',
  'destroyed',
  'gone',
  'rejected',
  'committed',
]

interface Seen extends SessionEvent {
  readonly event: SessionEventName
}

/** Listens for the events of one session: channels are of the whole process. */
function listen(t: ExecutionContext, session: string): { seen: Seen[]; events(): SessionEventName[]; forget(): void } {
  const seen: Seen[] = []
  for (const name of NAMES) {
    const listener = (message: unknown): void => {
      const event = message as SessionEvent
      if (event.session === session) seen.push({ event: name, ...event })
    }
    subscribe(`koa-typed-sessions:${name}`, listener)
    t.teardown(() => unsubscribe(`koa-typed-sessions:${name}`, listener))
  }
  return {
    seen,
    events: () => seen.filter(({ event }) => event !== 'committed').map(({ event }) => event),
    forget: () => void seen.splice(0),
  }
}

async function story(t: ExecutionContext, name: string, byId: boolean) {
  const clock = manualClock()
  const stop = gate()
  const control = controlledStorage(memoryStorage({ clock }))
  const Visit = cookie<{ user: string }>(name, {
    idleTimeout: '30m',
    subject: ({ user }) => user,
    ...(byId && { storage: control }),
  })
  const { browser } = await serveApp(
    t,
    [Visit],
    {
      '/set': (ctx) => ctx.sessions.set(Visit, { user: 'secret-ada' }),
      '/again': (ctx) => ctx.sessions.set(Visit, { user: 'secret-ada' }),
      '/change': async (ctx) => void (await ctx.sessions.update(Visit, () => ({ user: 'secret-ada', again: true }))),
      '/login': (ctx) => ctx.sessions.set(Visit, { user: 'secret-bob' }),
      '/out': (ctx) => ctx.sessions.clear(Visit),
      '/get': (ctx) => void (ctx.body = ctx.sessions.get(Visit) ?? 'none'),
      '/slow': async (ctx) => {
        ctx.sessions.get(Visit)
        await stop.pass()
        ctx.sessions.set(Visit, { user: 'secret-ada', late: true } as { user: string })
      },
      '/static': (ctx) => void (ctx.body = 'static'),
    },
    { clock },
  )
  return { ...listen(t, name), ada: browser(), stranger: browser(), clock, stop }
}

for (const byId of [true, false]) {
  const kind = byId ? 'by id' : 'by value'

  test(`each step of a session ${kind} is told on its channel, once, with the session's name`, async (t) => {
    const { ada, clock, events, forget, seen } = await story(t, `steps-${byId}`, byId)
    const told = async (path: string): Promise<SessionEventName[]> => {
      forget()
      await ada.get(path)
      return events()
    }
    t.deepEqual(await told('/set'), ['created'])
    t.deepEqual(await told('/get'), ['read'])
    t.deepEqual(await told('/again'), ['read'])
    t.deepEqual(await told('/change'), ['read', 'updated'])
    clock.advance(10 * 60_000)
    t.deepEqual(await told('/get'), ['read', 'touched'])
    t.deepEqual(await told('/login'), ['read', 'regenerated'])
    // By value nobody needs to know what was in it.
    t.deepEqual(await told('/out'), byId ? ['read', 'destroyed'] : ['destroyed'])
    t.deepEqual(await told('/get'), [])
    t.deepEqual(seen, [])
  })

  test(`what a session ${kind} tells holds no id, no token and no value`, async (t) => {
    const { ada, seen } = await story(t, `secret-${byId}`, byId)
    await ada.get('/set')
    const token = ada.cookies.get(`secret-${byId}`) as string
    for (const path of ['/get', '/change', '/out']) await ada.get(path)
    const text = JSON.stringify(seen)
    t.true(seen.length > 0)
    t.notRegex(text, /secret-ada/)
    t.false(text.includes(token))
    for (const event of seen)
      t.deepEqual(
        Object.keys(event).filter((key) => !['event', 'session', 'id', 'reason'].includes(key)),
        [],
      )
  })

  test(`a request that changes a session ${kind} tells that it was committed, one that leaves it alone does not`, async (t) => {
    const { ada, seen } = await story(t, `committed-${byId}`, byId)
    const committed = (): number => seen.filter(({ event }) => event === 'committed').length
    await ada.get('/set')
    t.is(committed(), 1)
    await ada.get('/static')
    t.is(committed(), 1)
  })

  test(`a logout of a visitor who has no session ${kind} destroys nothing and says so`, async (t) => {
    const { stranger, events } = await story(t, `nobody-${byId}`, byId)
    await stranger.get('/out')
    t.deepEqual(events(), [])
  })
}

test('the events of one session by id have one hash, which is neither its id nor its key, and another session has another', async (t) => {
  const { ada, stranger, seen, forget } = await story(t, 'hashed', true)
  await ada.get('/set')
  await ada.get('/change')
  await ada.get('/get')
  const [id, ...others] = new Set(seen.filter(({ event }) => event !== 'committed').map((event) => event.id))
  t.is(others.length, 0)
  t.truthy(id)
  t.not(id, ada.cookies.get('hashed'))
  forget()
  await stranger.get('/set')
  t.not(seen[0]?.id, id)
})

test('a commit that finds its session gone tells so, and a refused token tells why', async (t) => {
  const { ada, stop, events, forget, seen } = await story(t, 'lost', true)
  await ada.get('/set')
  const late = ada.copy()
  const slow = ada.copy().get('/slow')
  await stop.reached
  await ada.get('/out')
  forget()
  stop.open()
  await slow
  t.deepEqual(events(), ['gone'])
  t.truthy(seen[0]?.id)

  forget()
  await late.get('/get')
  late.cookies.set('lost', 'no id')
  await late.get('/get')
  t.deepEqual(
    seen.map(({ event, reason }) => [event, reason]),
    [
      ['rejected', 'unknown-id'],
      ['rejected', 'malformed'],
    ],
  )
})

test('by value a refused token is told only where the session is used', async (t) => {
  const { stranger, seen } = await story(t, 'forged', false)
  stranger.cookies.set('forged', 'forged')
  await stranger.get('/static')
  t.deepEqual(seen, [])
  await stranger.get('/get')
  t.deepEqual(
    seen.map(({ event }) => event),
    ['rejected'],
  )
})
