import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { cookie, directoryStorage, memoryStorage, type SessionStorage } from 'koa-typed-sessions'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ENGINES } from './_support/engines.ts'
import { serveApp } from '../support/app.ts'
import type { Browser } from '../support/browser.ts'

interface Count {
  count: number
}

function counter(t: ExecutionContext, storage: SessionStorage) {
  const Counter = cookie<Count>('counter', { storage })
  return serveApp(t, [Counter], {
    '/in': (ctx) => ctx.sessions.set(Counter, { count: 0 }),
    '/count': async (ctx) => {
      ctx.body = await ctx.sessions.update(Counter, (now) => ({ count: (now?.count ?? 0) + 1 }))
    },
    '/count/10': async (ctx) => {
      const counts = Array.from({ length: 10 }, () =>
        ctx.sessions.update(Counter, (now) => ({ count: (now?.count ?? 0) + 1 })),
      )
      ctx.body = await Promise.all(counts)
    },
    '/get': (ctx) => void (ctx.body = ctx.sessions.get(Counter)),
  })
}

/** So many requests, never more than 50 at once. */
async function requests(times: number, client: (index: number) => Browser, path: string): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < times) {
      const page = await client(next++).get(path)
      if (page.status !== 200) throw new Error(`${path} answered ${page.status}`)
    }
  }
  await Promise.all(Array.from({ length: 50 }, worker))
}

for (const [where, engine] of Object.entries(ENGINES)) {
  test(`a thousand updates ${where} at once are a thousand`, async (t) => {
    const { browser } = await counter(t, engine(t))
    const ada = browser()
    await ada.get('/in')
    await requests(1000, () => ada, '/count')
    t.deepEqual(await ada.json('/get'), { count: 1000 })
  })

  test(`ten updates ${where} by one request at once are ten`, async (t) => {
    const { browser } = await counter(t, engine(t))
    const ada = browser()
    await ada.get('/in')
    await ada.get('/count/10')
    t.deepEqual(await ada.json('/get'), { count: 10 })
  })

  test(`ten updates ${where} by the first request of a visitor are one session that counts ten`, async (t) => {
    const { browser } = await counter(t, engine(t))
    const ada = browser()
    await ada.get('/count/10')
    t.deepEqual(await ada.json('/get'), { count: 10 })
  })
}

test('updates by two apps that share a storage all count', async (t) => {
  const storage = memoryStorage()
  const [one, other] = [await counter(t, storage), await counter(t, storage)]
  const [ada, same] = [one.browser(), other.browser()]
  await ada.get('/in')
  for (const [name, value] of ada.cookies) same.cookies.set(name, value)
  await requests(400, (index) => (index % 2 ? ada : same), '/count')
  t.deepEqual(await ada.json('/get'), { count: 400 })
})

test('updates by two apps that share a directory all count', async (t) => {
  const path = join(temporaryFolder(t), 'sessions')
  const [one, other] = [await counter(t, directoryStorage(path)), await counter(t, directoryStorage(path))]
  const [ada, same] = [one.browser(), other.browser()]
  await ada.get('/in')
  for (const [name, value] of ada.cookies) same.cookies.set(name, value)
  await requests(400, (index) => (index % 2 ? ada : same), '/count')
  t.deepEqual(await same.json('/get'), { count: 400 })
})

test('visitors without a session who come at once get one each, and none that only reads gets any', async (t) => {
  const { browser } = await counter(t, memoryStorage())
  const visitors = Array.from({ length: 100 }, () => browser())
  await Promise.all(visitors.map((visitor, index) => visitor.get(index % 2 ? '/count' : '/get')))
  const tokens = visitors.map(({ cookies }) => cookies.get('counter'))
  t.is(tokens.filter((token) => token === undefined).length, 50)
  t.is(new Set(tokens).size, 51)
})
