import test, { type ExecutionContext } from 'ava'
import { cookie, type SessionStorage } from 'koa-typed-sessions'
import { controlledStorage, type ControlledStorage } from '../support/controlled-storage.ts'
import { ENGINES } from '../scenarios/_support/engines.ts'
import type { Browser } from '../support/browser.ts'
import { gate, type Gate } from '../support/gate.ts'
import { type Routes, type ServedApp, serveApp } from '../support/app.ts'
import type { Bag, BagSession, Notices } from './_bag.ts'

const WRITERS = 200

/** Requests that have opened the session wait at their halls before they go on. */
interface Race extends ServedApp {
  readonly control: ControlledStorage
  readonly halls: ReadonlyMap<string, Gate>
  /** Every id that any request has had or got. */
  readonly ids: ReadonlySet<string>
  /** How many of them are alive, each asked for over HTTP. */
  live(): Promise<number>
}

async function race(
  t: ExecutionContext,
  engine: SessionStorage,
  acts: Readonly<Record<string, (session: BagSession) => unknown>>,
): Promise<Race & { readonly ada: Browser; start(path: string): Promise<{ readonly over: Promise<unknown> }> }> {
  const control = controlledStorage(engine)
  const Bags = cookie<Bag, Notices>('bag', { storage: control, subject: ({ name }) => name })
  const halls = new Map(Object.keys(acts).map((path) => [path, gate()]))
  const ids = new Set<string>()
  const routes: Record<string, Routes[string]> = {
    '/fill': (ctx) => ctx.sessions.set(Bags, { name: 'ada', count: 0 }),
    '/': (ctx) => void (ctx.body = ctx.sessions.get(Bags) ?? 'none'),
  }
  for (const [path, act] of Object.entries(acts)) {
    routes[path] = async (ctx) => {
      const session = ctx.sessions.open(Bags)
      ids.add(session.id!)
      await halls.get(path)!.pass()
      await act(session)
      if (session.id !== undefined) ids.add(session.id)
    }
  }
  const story = await serveApp(t, [Bags], routes)
  const ada = story.browser()
  await ada.get('/fill')
  const live = async (): Promise<number> => {
    let count = 0
    for (const id of ids) {
      const one = story.browser()
      one.cookies.set('bag', id)
      if ((await one.get('/')).text !== 'none') count++
    }
    return count
  }
  /** Sends a request with the first cookie, and waits until it has opened the session. */
  const start = async (path: string): Promise<{ readonly over: Promise<unknown> }> => {
    const over = ada.copy().get(path)
    await halls.get(path)!.reached
    return { over }
  }
  return { ...story, control, halls, ids, live, ada, start }
}

const ACTS = {
  move: (session: BagSession) => session.regenerateId(),
  copy: (session: BagSession) => session.regenerateId({ deleteOld: false }),
  write: (session: BagSession) => session.set('count', 9),
  destroy: (session: BagSession) => session.destroy(),
  moveAndDestroy: (session: BagSession) => {
    session.regenerateId()
    session.destroy()
  },
} as const

/** Which of two requests on one session goes on first, and how many ids live when both are over. */
const PAIRS: readonly (readonly [first: keyof typeof ACTS, second: keyof typeof ACTS, live: number])[] = [
  ['move', 'move', 1],
  ['move', 'write', 1],
  ['write', 'move', 1],
  ['move', 'destroy', 0],
  ['destroy', 'move', 0],
  ['destroy', 'write', 0],
  ['write', 'destroy', 0],
  ['moveAndDestroy', 'write', 0],
  ['moveAndDestroy', 'move', 0],
  ['move', 'moveAndDestroy', 0],
  ['write', 'moveAndDestroy', 0],
  ['destroy', 'copy', 0],
  ['move', 'copy', 1],
]

for (const [where, engine] of Object.entries(ENGINES)) {
  for (const [first, second, live] of PAIRS) {
    test(`${first}, then ${second} by a request that was under way: ids that live: ${live} (${where})`, async (t) => {
      const {
        start,
        halls,
        live: alive,
        errors,
      } = await race(t, engine(t), {
        '/first': ACTS[first],
        '/second': ACTS[second],
      })
      const one = await start('/first')
      const other = await start('/second')
      halls.get('/first')!.open()
      await one.over
      halls.get('/second')!.open()
      await other.over
      t.is(await alive(), live)
      t.deepEqual(errors, [])
    })
  }

  test(`a session that is destroyed while another request is storing stays destroyed (${where})`, async (t) => {
    for (const [act, verb] of [
      ['write', 'update'],
      ['move', 'rotate'],
      ['copy', 'create'],
    ] as const) {
      const { start, halls, live, control, errors } = await race(t, engine(t), {
        '/slow': ACTS[act],
        '/out': ACTS.destroy,
      })
      const slow = await start('/slow')
      const out = await start('/out')
      const storing = control.hold(verb)
      halls.get('/slow')!.open()
      await storing.reached
      halls.get('/out')!.open()
      await out.over
      storing.open()
      await slow.over
      t.is(await live(), 0, act)
      t.deepEqual(errors, [], act)
    }
  })

  test(`what another request wrote meanwhile is in the copy too (${where})`, async (t) => {
    const { start, halls, ids, errors, browser } = await race(t, engine(t), {
      '/copy': ACTS.copy,
      '/write': ACTS.write,
    })
    const copy = await start('/copy')
    const write = await start('/write')
    halls.get('/write')!.open()
    await write.over
    halls.get('/copy')!.open()
    await copy.over
    t.is(ids.size, 2)
    for (const id of ids) {
      const one = browser()
      one.cookies.set('bag', id)
      t.deepEqual(await one.json('/'), { name: 'ada', count: 9 })
    }
    t.deepEqual(errors, [])
  })

  // Alone: they keep the engine busy, and what the others do has its time limit.
  test.serial(
    `of ${WRITERS} concurrent requests with a key of its own each, all keys are there (${where})`,
    async (t) => {
      const Many = cookie<Record<string, number>>('many', { storage: engine(t) })
      const hall = gate()
      let inside = 0
      const { browser, errors } = await serveApp(t, [Many], {
        '/fill': (ctx) => ctx.sessions.set(Many, { first: 1 }),
        '/write': async (ctx) => {
          const session = ctx.sessions.open(Many)
          // All have read the session as it was.
          if (++inside === WRITERS) hall.open()
          await hall.pass()
          session.set(`key${String(ctx.query['n'])}`, Number(ctx.query['n']))
          ctx.body = 'set'
        },
        '/': (ctx) => void (ctx.body = ctx.sessions.get(Many)),
      })
      const ada = browser()
      await ada.get('/fill')
      const pages = await Promise.all(Array.from({ length: WRITERS }, (_, n) => ada.copy().get(`/write?n=${n}`)))
      t.is(pages.filter(({ status }) => status !== 200).length, 0)
      const all = await ada.json<Record<string, number>>('/')
      t.is(Object.keys(all).length, WRITERS + 1)
      t.is(Array.from({ length: WRITERS }, (_, n) => n).filter((n) => all[`key${n}`] !== n).length, 0)
      t.deepEqual(errors, [])
    },
  )
}
