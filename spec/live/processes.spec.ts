import { fork } from 'node:child_process'
import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import { WebSocket } from 'ws'
import { Browser } from '../support/browser.ts'
import { hasRedisServer, RedisServer } from '../support/redis-server.ts'
import { openStream } from './_stream.ts'

async function node(t: ExecutionContext, redis: string): Promise<string> {
  const child = fork(new URL('_node.ts', import.meta.url), [redis])
  t.teardown(() => child.kill('SIGKILL'))
  const [port] = await once(child, 'message')
  return `http://127.0.0.1:${port}`
}

async function openSocket(t: ExecutionContext, url: string, browser: Browser): Promise<WebSocket> {
  const headers = { Origin: url, Cookie: `user=${browser.cookies.get('user')}` }
  const socket = new WebSocket(url.replace('http', 'ws'), { headers })
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

if (!hasRedisServer) {
  test.skip('two processes on one Redis (no redis-server here)', () => {})
} else {
  for (const [what, path] of [
    ['a logout', '/logout'],
    ['a revokeAll', '/revoke'],
  ] as const) {
    test(`${what} on one of two processes ends the streams and sockets of the other, and of its own`, async (t) => {
      const redis = await RedisServer.start()
      t.teardown(() => redis.stop())
      const [one, other] = await Promise.all([node(t, redis.url), node(t, redis.url)])
      const browser = new Browser(one)
      await browser.get('/login')
      const streams = await Promise.all([one, other].map((url) => openStream(t, `${url}/live`, { browser })))
      const sockets = await Promise.all([one, other].map((url) => openSocket(t, url, browser)))
      for (const stream of streams) t.is((await stream.frame()).event, 'snapshot')

      const counted = sockets.map((socket) => once(socket, 'message'))
      await browser.get('/count')
      for (const message of counted) t.is(String((await message)[0]), '1')
      for (const stream of streams) {
        const frame = await stream.frame()
        t.deepEqual(frame.event === 'snapshot' && frame.data.value, { count: 1 })
      }

      const closed = sockets.map((socket) => once(socket, 'close'))
      await browser.get(path)
      for (const close of closed) t.deepEqual((await close).map(String), ['3000', 'session ended'])
      for (const stream of streams) {
        t.is((await stream.frame()).event, 'gone')
        await stream.ended
      }
    })
  }
}
