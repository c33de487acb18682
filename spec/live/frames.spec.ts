import test from 'ava'
import { cookie, memoryStorage } from 'koa-typed-sessions'
import { mirror } from 'koa-typed-sessions/live'
import { manualClock } from 'koa-typed-sessions/testing'
import type { Snapshot } from '../../lib/wire/mirror-frame.ts'
import { serveApp } from '../support/app.ts'
import { openStream, type OpenStream } from './_stream.ts'

interface User {
  name: string
  hits: number
}

const SECOND = 1000
const MINUTE = 60_000

/** A page that shows a user's name, and requests that write what it does not show. */
async function page(
  t: Parameters<typeof serveApp>[0],
  options: { idleTimeout?: number | string; absoluteTimeout?: null; touchAfter?: number } = {},
) {
  const clock = manualClock()
  const User = cookie<User>('user', { storage: memoryStorage({ clock }), idleTimeout: '1h', ...(options as object) })
  let own = MINUTE
  const { url, browser, errors } = await serveApp(
    t,
    [User],
    {
      '/login': (ctx) => ctx.sessions.set(User, { name: 'ada', hits: 0 }),
      '/hit': (ctx) => ctx.sessions.update(User, (now) => ({ ...now!, hits: now!.hits + 1 })),
      '/name': (ctx) => ctx.sessions.update(User, (now) => ({ ...now!, name: `${now!.name}!` })),
      '/own': (ctx) => {
        const session = ctx.sessions.open(User)
        session.idleTimeout = own
        return session.save()
      },
      '/live': mirror(User, { expose: ({ name }) => ({ name }) }),
    },
    { clock },
  )
  const ada = browser()
  await ada.get('/login')
  return {
    clock,
    ada,
    errors,
    own: (milliseconds: number) => {
      own = milliseconds
      return ada.get('/own')
    },
    open: () => openStream(t, `${url}/live`, { browser: ada }),
  }
}

async function snapshot(stream: OpenStream): Promise<Snapshot> {
  const frame = await stream.frame()
  if (frame.event !== 'snapshot') throw new Error(`${frame.event}: ${frame.data.reason}`)
  return frame.data
}

test('writes that show the same send no frame, as long as the end has moved by less than touchAfter', async (t) => {
  const { clock, ada, open } = await page(t)
  const stream = await open()
  const first = await snapshot(stream)
  for (let write = 0; write < 71; write++) {
    clock.advance(5 * SECOND)
    await ada.get('/hit')
  }
  await ada.get('/name')
  const second = await snapshot(stream)
  t.deepEqual(second.value, { name: 'ada!' })
  t.is(second.expiresAt - first.expiresAt, 355 * SECOND)
  t.is(stream.count, 2)
})

test('an end that has moved by touchAfter is told once, however many writes moved it', async (t) => {
  const { clock, ada, open } = await page(t)
  const stream = await open()
  const first = await snapshot(stream)
  for (let write = 0; write < 20; write++) {
    clock.advance(MINUTE)
    await ada.get('/hit')
  }
  await ada.get('/name')
  const ends: number[] = []
  let last
  do {
    last = await snapshot(stream)
    ends.push((last.expiresAt - first.expiresAt) / MINUTE)
  } while ((last.value as User).name === 'ada')
  t.deepEqual(ends, [6, 12, 18, 20])
})

test('the browser never knows an end that has passed while the session lives on', async (t) => {
  const { clock, ada, open } = await page(t, { idleTimeout: 400, touchAfter: 300 })
  const stream = await open()
  const first = await snapshot(stream)
  clock.advance(200)
  await ada.get('/hit')
  clock.advance(200)
  const second = await snapshot(stream)
  t.is(second.now, first.expiresAt)
  t.is(second.expiresAt, first.expiresAt + 200)
  clock.advance(200)
  t.deepEqual(await stream.frame(), { event: 'gone', data: { session: first.session, reason: 'expired' } })
  t.is(stream.count, 3)
})

test('a session of an own idle timeout has a touchAfter in proportion', async (t) => {
  const { clock, ada, open, own } = await page(t)
  await own(10 * MINUTE)
  const stream = await open()
  const first = await snapshot(stream)
  clock.advance(59 * SECOND)
  await ada.get('/hit')
  clock.advance(2 * SECOND)
  await ada.get('/hit')
  const second = await snapshot(stream)
  t.is(second.expiresAt - first.expiresAt, 61 * SECOND)
})

test('an end that has come nearer is told at once', async (t) => {
  const { open, own } = await page(t)
  const stream = await open()
  const first = await snapshot(stream)
  await own(59 * MINUTE)
  const second = await snapshot(stream)
  t.is(first.expiresAt - second.expiresAt, MINUTE)
})

test('a stream that begins is told the end as it is', async (t) => {
  const { clock, ada, open } = await page(t)
  const stream = await open()
  const first = await snapshot(stream)
  clock.advance(MINUTE)
  await ada.get('/hit')
  const later = await snapshot(await open())
  t.is(later.expiresAt - first.expiresAt, MINUTE)
  t.is(stream.count, 1)
})

test('an end that is further off than a timer reaches is waited for all the same', async (t) => {
  const warnings: string[] = []
  const listener = ({ name }: Error): void => void warnings.push(name)
  process.on('warning', listener)
  t.teardown(() => process.off('warning', listener))
  const { clock, ada, open } = await page(t, { idleTimeout: '90d', absoluteTimeout: null })
  const stream = await open()
  await snapshot(stream)
  clock.advance(MINUTE)
  await ada.get('/hit')
  await ada.get('/name')
  await snapshot(stream)
  t.false(warnings.includes('TimeoutOverflowWarning'))
})
