import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { WebSocket } from 'ws'
import { createApp } from '../../samples/chat/app.ts'
import { BrowserJar } from '../support/browser-jar.ts'

interface Line {
  readonly name: string
  readonly text: string
  readonly sent?: number
}

interface Tab {
  readonly socket: WebSocket
  readonly closed: Promise<unknown[]>
  line(): Promise<Line>
}

async function start(t: ExecutionContext): Promise<{
  url: string
  signedIn(name: string): Promise<BrowserJar>
  open(browser: BrowserJar): Promise<Tab>
  status(headers: Record<string, string>, path?: string): Promise<number | undefined>
}> {
  const app = createApp()
  const handle = app.callback()
  const server = createServer((request, response) => void handle(request, response)).on('upgrade', app.upgrade)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const dial = (headers: Record<string, string>, path = '/socket'): WebSocket => {
    const socket = new WebSocket(url.replace('http', 'ws') + path, { headers })
    t.teardown(() => socket.terminate())
    return socket.on('error', () => {})
  }
  return {
    url,
    async signedIn(name) {
      const browser = new BrowserJar()
      await browser.post(`${url}/sign-in`, { name })
      return browser
    },
    async open(browser) {
      const socket = dial({ Origin: url, Cookie: `chat_member=${browser.cookie('chat_member')?.value}` })
      await once(socket, 'open')
      const lines: Line[] = []
      let wake: () => void = () => {}
      socket.on('message', (data: Buffer) => {
        lines.push(JSON.parse(data.toString()) as Line)
        wake()
      })
      return {
        socket,
        closed: once(socket, 'close').then(([code, reason]) => [code, String(reason)]),
        async line() {
          if (lines.length === 0) await new Promise<void>((resolve) => (wake = resolve))
          return lines.shift()!
        },
      }
    },
    status: (headers, path) =>
      new Promise((resolve) => {
        const socket = dial(headers, path)
        socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode))
        socket.on('open', () => resolve(101))
        socket.on('error', () => resolve(undefined))
      }),
  }
}

test('what one says all hear, and both tabs of one member count', async (t) => {
  const { url, signedIn, open } = await start(t)
  const [ada, grace] = [await signedIn('Ada'), await signedIn('Grace')]
  const [tab, second, other] = [await open(ada), await open(ada), await open(grace)]
  tab.socket.send('hello')
  t.deepEqual(await tab.line(), { name: 'Ada', text: 'hello', sent: 1 })
  t.deepEqual(await second.line(), { name: 'Ada', text: 'hello' })
  t.deepEqual(await other.line(), { name: 'Ada', text: 'hello' })
  second.socket.send('again')
  t.is((await second.line()).sent, 2)
  t.regex(await ada.page(url), /<output>2<\/output>/)
})

test('signing out closes all sockets of that session, and nobody else’s', async (t) => {
  const { url, signedIn, open } = await start(t)
  const [ada, grace] = [await signedIn('Ada'), await signedIn('Grace')]
  const [tab, second, other] = [await open(ada), await open(ada), await open(grace)]
  await ada.post(`${url}/sign-out`)
  t.deepEqual(await tab.closed, [3000, 'session ended'])
  t.deepEqual(await second.closed, [3000, 'session ended'])
  other.socket.send('anybody there?')
  t.is((await other.line()).text, 'anybody there?')
})

test('signing out on all devices closes the sockets of all of them', async (t) => {
  const { url, signedIn, open } = await start(t)
  const [phone, laptop] = [await signedIn('Ada'), await signedIn('Ada')]
  const [one, other] = [await open(phone), await open(laptop)]
  await phone.post(`${url}/sign-out-everywhere`)
  t.deepEqual(await one.closed, [3000, 'session ended'])
  t.deepEqual(await other.closed, [3000, 'session ended'])
  t.regex(await laptop.page(url), /Who are you\?/)
})

test('nobody, another site’s page and another path get no socket', async (t) => {
  const { url, signedIn, status } = await start(t)
  const Cookie = `chat_member=${(await signedIn('Ada')).cookie('chat_member')?.value}`
  t.is(await status({ Origin: url, Cookie }), 101)
  t.is(await status({ Origin: url }), 401)
  t.is(await status({ Origin: 'http://evil.example', Cookie }), 403)
  t.is(await status({ Cookie }), 403)
  t.is(await status({ Origin: url, Cookie }, '/elsewhere'), undefined)
})

test('a name is needed, and is text wherever it is shown', async (t) => {
  const { url, signedIn } = await start(t)
  t.is((await new BrowserJar().post(`${url}/sign-in`, { name: ' ' })).status, 400)
  t.is((await new BrowserJar().post(`${url}/sign-in`, { name: 'x'.repeat(41) })).status, 400)
  const page = await (await signedIn('<b>Ada</b>')).page(url)
  t.false(page.includes('<b>Ada'))
})
