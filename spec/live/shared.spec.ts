import test from 'ava'
import { cookie, memoryStorage, storageFrom, type Connection, type SessionStorage } from 'koa-typed-sessions'
import { mirror } from 'koa-typed-sessions/live'
import { controlledStorage } from '../support/controlled-storage.ts'
import { socketSite } from '../scenarios/_support/sockets.ts'
import { type Routes, serveApp } from '../support/app.ts'
import { textsInMap } from '../support/text-storages.ts'
import { openStream, type OpenStream } from './_stream.ts'
import { until } from '../support/until.ts'

interface User {
  id: string
  count: number
}

const user = (storage: SessionStorage) => cookie<User>('user', { storage })

const routes = (User: ReturnType<typeof user>): Routes => ({
  '/login': (ctx) => ctx.sessions.set(User, { id: 'ada', count: 0 }),
  '/logout': (ctx) => ctx.sessions.clear(User),
  '/count': (ctx) => ctx.sessions.update(User, (now) => ({ ...now!, count: now!.count + 1 })),
  '/live': mirror(User, { expose: ({ id, count }) => ({ id, count }) }),
})

/** A storage that counts the watches that stand, and those that ever stood. */
function counted(): { storage: SessionStorage; reads(): number; standing: number; ever: number } {
  const engine = memoryStorage()
  const control = controlledStorage(engine)
  const counts = { storage: control, reads: () => control.count('read'), standing: 0, ever: 0 }
  control.watch = async (...given) => {
    counts.standing++
    counts.ever++
    const end = await engine.watch!(...given)
    return async () => {
      counts.standing--
      await end()
    }
  }
  return counts
}

test('over a storage that cannot watch, a change reaches two thousand streams by the reads that one would make', async (t) => {
  const STREAMS = 2000
  let reads = 0
  const texts = textsInMap()
  const storage = storageFrom({
    ...texts,
    read: (id) => {
      reads++
      return texts.read(id)
    },
  })
  const User = user(storage)
  const { url, browser, errors } = await serveApp(t, [User], {
    ...routes(User),
    '/live': mirror(User, { expose: ({ count }) => ({ count }), maxStreams: Infinity }),
  })
  const ada = browser()
  await ada.get('/login')
  const streams: OpenStream[] = []
  while (streams.length < STREAMS) {
    const batch = Array.from({ length: 100 }, () => openStream(t, `${url}/live`, { browser: ada }))
    streams.push(...(await Promise.all(batch)))
  }
  const before = reads
  await ada.get('/count')
  for (const stream of streams) {
    let last
    do last = await stream.frame()
    while (last.event === 'snapshot' && (last.data.value as User).count === 0)
  }
  t.true(reads - before < 50, `${reads - before} reads`)
  t.deepEqual(errors, [])
})

test('streams and sockets of one session share one watch, which ends with the last of them', async (t) => {
  const counts = counted()
  const User = user(counts.storage)
  const read = async (_: string, connection: Connection) => (await connection.get(User))?.count
  const site = await socketSite(t, [User], routes(User), { onMessage: read })
  const ada = site.browser()
  await ada.get('/login')
  const streams = await Promise.all(
    Array.from({ length: 20 }, () => openStream(t, `${site.url}/live`, { browser: ada })),
  )
  const sockets = await Promise.all(Array.from({ length: 20 }, () => site.open({ browser: ada })))
  t.deepEqual([counts.standing, counts.ever], [1, 1])
  for (const stream of streams) await stream.frame()
  await ada.get('/count')
  for (const stream of streams) {
    const frame = await stream.frame()
    t.deepEqual(frame.event === 'snapshot' && frame.data.value, { id: 'ada', count: 1 })
  }
  const reads = counts.reads()
  for (const { ask } of sockets) t.is(await ask('read'), '1')
  t.is(counts.reads(), reads)
  for (const stream of streams) stream.leave()
  for (const { socket } of sockets.slice(1)) socket.close()
  for (const { closed } of sockets.slice(1)) await closed
  t.is(counts.standing, 1)
  sockets[0]!.socket.close()
  await sockets[0]!.closed
  await until(() => counts.standing === 0, { what: 'no watch stands' })
  t.is(counts.ever, 1)
  t.deepEqual(site.errors, [])
})

test('one logout ends all streams and sockets of a session, each once', async (t) => {
  const counts = counted()
  const User = user(counts.storage)
  const gone: string[] = []
  const site = await socketSite(t, [User], routes(User), {
    onConnection: (connection) => connection.on('gone', (_, reason) => gone.push(reason)),
  })
  const ada = site.browser()
  await ada.get('/login')
  const streams = await Promise.all(
    Array.from({ length: 20 }, () => openStream(t, `${site.url}/live`, { browser: ada })),
  )
  const sockets = await Promise.all(Array.from({ length: 20 }, () => site.open({ browser: ada })))
  await ada.get('/logout')
  for (const { closed } of sockets) t.deepEqual(await closed, [3000, 'session ended'])
  for (const stream of streams) {
    await stream.ended
    t.is(stream.text.match(/^event: gone$/gm)?.length, 1)
  }
  t.deepEqual(
    gone,
    sockets.map(() => 'ended'),
  )
  t.is(counts.standing, 0)
})

test('what a request has read itself is what its stream begins with, though nobody has told the other streams yet', async (t) => {
  const engine = memoryStorage()
  const storage = controlledStorage(engine)
  const User = user(storage)
  const { url, browser } = await serveApp(t, [User], routes(User))
  const ada = browser()
  await ada.get('/login')
  const first = await openStream(t, `${url}/live`, { browser: ada })
  await first.frame()
  await ada.get('/count')
  const second = await openStream(t, `${url}/live`, { browser: ada })
  for (const stream of [second, first]) {
    const frame = await stream.frame()
    t.deepEqual(frame.event === 'snapshot' && frame.data.value, { id: 'ada', count: 1 })
  }
})

test('a change is exposed once for all streams of a mirror', async (t) => {
  const User = user(memoryStorage())
  let exposed = 0
  const { url, browser } = await serveApp(t, [User], {
    ...routes(User),
    '/live': mirror(User, {
      expose: ({ count }) => {
        exposed++
        return { count }
      },
    }),
  })
  const ada = browser()
  await ada.get('/login')
  const streams = await Promise.all(Array.from({ length: 50 }, () => openStream(t, `${url}/live`, { browser: ada })))
  for (const stream of streams) await stream.frame()
  const before = exposed
  await ada.get('/count')
  for (const stream of streams) await stream.frame()
  t.is(exposed - before, 1)
})
