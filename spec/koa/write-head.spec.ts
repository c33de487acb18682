import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { onWriteHead } from '../../lib/koa/write-head.ts'

function answer(t: ExecutionContext, handle: (response: ServerResponse) => void): Promise<Response> {
  const server = createServer((_request, response) => handle(response))
  t.teardown(() => server.close())
  return new Promise((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`).then(resolve, reject)
    })
  })
}

test('each of several watchers can put a header on a response before its head is written', async (t) => {
  const response = await answer(t, (res) => {
    for (const name of ['x-outer', 'x-inner'])
      onWriteHead(res, { beforeWriteHead: () => void res.setHeader(name, 'put') })
    res.end('ok')
  })
  t.deepEqual([response.headers.get('x-outer'), response.headers.get('x-inner')], ['put', 'put'])
})

test('watchers are told once, also where a head is written by hand, with its own headers', async (t) => {
  let told = 0
  const response = await answer(t, (res) => {
    onWriteHead(res, { beforeWriteHead: () => void told++ })
    res.writeHead(202, { 'X-Own': 'own' })
    t.throws(() => res.writeHead(500), { code: 'ERR_HTTP_HEADERS_SENT' })
    res.end('ok')
  })
  t.deepEqual([response.status, response.headers.get('x-own'), told], [202, 'own', 1])
})

test('what another library has put in place of writeHead is still called, before or after', async (t) => {
  const calls: string[] = []
  const wrap = (res: ServerResponse, name: string): void => {
    const before = res.writeHead.bind(res) as (...given: unknown[]) => ServerResponse
    res.writeHead = (...given: unknown[]) => {
      calls.push(name)
      return before(...given)
    }
  }
  await answer(t, (res) => {
    wrap(res, 'first')
    onWriteHead(res, { beforeWriteHead: () => void calls.push('ours') })
    wrap(res, 'last')
    onWriteHead(res, { beforeWriteHead: () => void calls.push('ours too') })
    res.end('ok')
  })
  t.deepEqual(calls, ['last', 'ours', 'ours too', 'first'])
})

test('all responses share one function: a closure on each would keep its request from being collected young', async (t) => {
  const functions = new Set<unknown>()
  const watch = (res: ServerResponse): void => {
    onWriteHead(res, { beforeWriteHead: () => {} })
    functions.add(res.writeHead)
    res.end('ok')
  }
  await answer(t, watch)
  await answer(t, watch)
  t.is(functions.size, 1)
})
