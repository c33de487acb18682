import test, { type ExecutionContext } from 'ava'
import { cookie, memoryStorage, type AnyDefinition, type Session } from 'koa-typed-sessions'
import { z } from 'zod'
import { controlledStorage } from '../support/controlled-storage.ts'
import { type Routes, codes, serveApp } from '../support/app.ts'
import { bag, codeOf, KINDS, type BagSession } from './_bag.ts'

/** All that changes a session. */
const WRITES: Readonly<Record<string, (session: BagSession) => unknown>> = {
  set: (session) => session.set('count', 9),
  unset: (session) => session.unset('count'),
  flash: (session) => session.flash('notice', 'late'),
  regenerateId: (session) => session.regenerateId(),
  idleTimeout: (session) => (session.idleTimeout = '1h'),
  destroy: (session) => session.destroy(),
}

function refusesAll(t: ExecutionContext, session: BagSession): void {
  for (const [name, write] of Object.entries(WRITES))
    t.is(
      codeOf(() => write(session)),
      'ERR_SESSION_TOO_LATE',
      name,
    )
}

/** What a request leaves behind for a timer or a stream of the app's. */
function keeping<T extends object>(): { kept: T[]; keep(what: T): T } {
  const kept: T[] = []
  return {
    kept,
    keep(what) {
      kept.push(what)
      return what
    },
  }
}

for (const [kind, make] of Object.entries(KINDS)) {
  test(`once the response has gone each write throws, and none is lost in silence (${kind})`, async (t) => {
    const Bags = make(t)
    const { kept, keep } = keeping<BagSession>()
    const { browser, errors } = await serveApp(t, [Bags], {
      '/fill': (ctx) => ctx.sessions.set(Bags, { count: 1 }),
      '/keep': (ctx) => void (ctx.body = String(keep(ctx.sessions.open(Bags)).size)),
      '/error': (ctx) => {
        keep(ctx.sessions.open(Bags))
        ctx.throw(500)
      },
      '/': (ctx) => void (ctx.body = ctx.sessions.get(Bags)),
    })
    const ada = browser()
    await ada.get('/fill')
    for (const path of ['/keep', '/error']) {
      await ada.get(path)
      const session = kept.pop()!
      refusesAll(t, session)
      t.deepEqual([session.get('count'), session.destroyed, session.dirty], [1, false, false], path)
      await session.save()
      t.deepEqual(await ada.json('/'), { count: 1 }, path)
    }
    t.deepEqual(codes(errors), [undefined])
  })

  test(`a new session cannot begin once the headers are sent (${kind})`, async (t) => {
    const Bags = make(t)
    const { browser, errors } = await serveApp(t, [Bags], {
      '/': (ctx) => {
        const session = ctx.sessions.open(Bags)
        ctx.respond = false
        ctx.res.write('sent ')
        for (const name of ['set', 'flash'] as const) {
          t.is(
            codeOf(() => WRITES[name]!(session)),
            'ERR_SESSION_TOO_LATE',
            name,
          )
        }
        ctx.res.end('all')
      },
    })
    t.is((await browser().get('/')).text, 'sent all')
    t.deepEqual(errors, [])
  })
}

test('by id a key that is set while the response streams is stored, and a new id is refused', async (t) => {
  const Bags = bag({ storage: memoryStorage() })
  const { browser, errors } = await serveApp(t, [Bags], {
    '/fill': (ctx) => ctx.sessions.set(Bags, { count: 1 }),
    '/stream': async (ctx) => {
      const session = ctx.sessions.open(Bags)
      ctx.respond = false
      ctx.res.write('sent ')
      t.is(
        codeOf(() => session.regenerateId()),
        'ERR_SESSION_TOO_LATE',
      )
      await session.set('count', 2).save()
      session.set('name', 'ada')
      ctx.res.end('all')
    },
    '/': (ctx) => void (ctx.body = ctx.sessions.get(Bags)),
  })
  const ada = browser()
  await ada.get('/fill')
  await ada.get('/stream')
  t.deepEqual(await ada.json('/'), { count: 2, name: 'ada' })
  t.deepEqual(errors, [])
})

test('by value a session cannot be touched once the headers are sent', async (t) => {
  const Bags = bag()
  const { browser, errors } = await serveApp(t, [Bags], {
    '/fill': (ctx) => ctx.sessions.set(Bags, { count: 1 }),
    '/stream': async (ctx) => {
      const session = ctx.sessions.open(Bags)
      ctx.respond = false
      ctx.res.write('sent')
      await t.throwsAsync(() => session.touch(), { code: 'ERR_SESSION_TOO_LATE' })
      ctx.res.end()
    },
  })
  const ada = browser()
  await ada.get('/fill')
  await ada.get('/stream')
  t.deepEqual(errors, [])
})

test('flash is not taken by a request that cannot tell the browser so any more', async (t) => {
  const Bags = bag()
  const { browser, errors } = await serveApp(t, [Bags], {
    '/flash': (ctx) => void ctx.sessions.open(Bags).flash('notice', 'hi'),
    '/late': (ctx) => {
      ctx.respond = false
      ctx.res.write('sent ')
      ctx.res.end(ctx.sessions.open(Bags).get('notice') ?? 'none')
    },
    '/read': (ctx) => void (ctx.body = ctx.sessions.open(Bags).get('notice') ?? 'none'),
  })
  const ada = browser()
  await ada.get('/flash')
  t.is((await ada.get('/late')).text, 'sent none')
  t.is((await ada.get('/read')).text, 'hi')
  t.deepEqual(errors, [])
})

test('opening a session after the response shows what it held, and takes no flash', async (t) => {
  const Bags = bag({ storage: memoryStorage() })
  const { kept, keep } = keeping<{ open(): BagSession }>()
  const { browser } = await serveApp(t, [Bags], {
    '/flash': (ctx) => void ctx.sessions.open(Bags).set('count', 1).flash('notice', 'hi'),
    '/keep': (ctx) => {
      ctx.sessions.get(Bags)
      keep({ open: () => ctx.sessions.open(Bags) })
    },
    '/read': (ctx) => void (ctx.body = ctx.sessions.open(Bags).get('notice') ?? 'none'),
  })
  const ada = browser()
  await ada.get('/flash')
  await ada.get('/keep')
  const session = kept[0]!.open()
  t.deepEqual([session.get('count'), session.has('notice')], [1, false])
  refusesAll(t, session)
  t.is((await ada.get('/read')).text, 'hi')
})

const FAILURES: Readonly<Record<string, (control: ReturnType<typeof controlledStorage>) => void>> = {
  'fails at once': (control) => control.break('throws', 'update'),
  'fails later': (control) => control.break('rejects', 'update'),
}

for (const [how, fail] of Object.entries(FAILURES)) {
  test(`a session whose commit has failed refuses writes after the response too (a storage that ${how})`, async (t) => {
    const control = controlledStorage(memoryStorage())
    const Bags = bag({ storage: control })
    const { kept, keep } = keeping<BagSession>()
    const { browser, errors } = await serveApp(t, [Bags], {
      '/fill': (ctx) => ctx.sessions.set(Bags, { count: 1 }),
      '/': (ctx) => void keep(ctx.sessions.open(Bags)).set('count', 2),
    })
    const ada = browser()
    await ada.get('/fill')
    fail(control)
    t.is((await ada.get('/')).status, 503)
    control.mend()
    refusesAll(t, kept[0]!)
    t.deepEqual(codes(errors), ['ERR_SESSION_STORAGE'])
  })
}

test('a session whose schema refused it refuses writes after the response too', async (t) => {
  const Strict = cookie('strict', {
    storage: memoryStorage(),
    schema: z.object({ name: z.string(), count: z.number() }),
  })
  const { kept, keep } = keeping<Session<{ name: string; count: number }>>()
  const routes: Routes = { '/': (ctx) => void keep(ctx.sessions.open(Strict)).set('name', 'ada') }
  const definitions: readonly AnyDefinition[] = [Strict]
  const { browser, errors } = await serveApp(t, definitions, routes)
  t.is((await browser().get('/')).status, 500)
  t.is(
    codeOf(() => kept[0]!.set('count', 1)),
    'ERR_SESSION_TOO_LATE',
  )
  t.deepEqual(codes(errors), ['ERR_SESSION_VALUE'])
})

test('what is written while the last commit is under way is refused, and not left out in silence', async (t) => {
  const control = controlledStorage(memoryStorage())
  const Bags = bag({ storage: control })
  const { kept, keep } = keeping<BagSession>()
  const { browser } = await serveApp(t, [Bags], {
    '/fill': (ctx) => ctx.sessions.set(Bags, { count: 1 }),
    '/': (ctx) => void keep(ctx.sessions.open(Bags)).set('count', 2),
  })
  const ada = browser()
  await ada.get('/fill')
  const writing = control.hold('update')
  const page = ada.get('/')
  await writing.reached
  t.is(
    codeOf(() => kept[0]!.set('name', 'late')),
    'ERR_SESSION_TOO_LATE',
  )
  writing.open()
  t.is((await page).status, 204)
})
