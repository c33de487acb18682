import { request } from 'node:http'
import test, { type ExecutionContext } from 'ava'
import { createApp } from '../../samples/many-sessions/app.ts'
import { serve } from '../support/serve.ts'

const TYPE = 'application/x-www-form-urlencoded'

function start(t: ExecutionContext): Promise<string> {
  return serve(t, createApp({ keys: ['form-key-of-thirty-two-characters'] }))
}

async function post(url: string, body: string, type = TYPE): Promise<number> {
  const headers = { 'Content-Type': type }
  return (await fetch(`${url}/user`, { method: 'POST', body, headers, redirect: 'manual' })).status
}

test('a form of up to 10 kB is read, and a longer one is refused', async (t) => {
  const url = await start(t)
  t.is(await post(url, 'name='.padEnd(10_000, 'a')), 303)
  t.is(await post(url, 'name='.padEnd(10_001, 'a')), 413)
})

test('a length that 32 bits do not hold is refused, too', async (t) => {
  const url = await start(t)
  const status = await new Promise((resolve, reject) => {
    const headers = { 'Content-Type': TYPE, 'Content-Length': String(2 ** 32) }
    const posted = request(`${url}/user`, { method: 'POST', headers }, ({ statusCode }) => {
      resolve(statusCode)
      posted.destroy()
    })
    posted.on('error', reject)
    posted.flushHeaders()
  })
  t.is(status, 413)
})

test('a form that does not say how long it is is refused unread', async (t) => {
  const url = await start(t)
  const status = await new Promise((resolve, reject) => {
    const posted = request(`${url}/user`, { method: 'POST', headers: { 'Content-Type': TYPE } }, ({ statusCode }) => {
      resolve(statusCode)
      posted.destroy()
    })
    posted.on('error', reject)
    posted.write('name=')
  })
  t.is(status, 411)
})

test('what is no form is refused', async (t) => {
  const url = await start(t)
  t.is(await post(url, '{"name":"Ada"}', 'application/json'), 415)
  t.is(await post(url, 'name=Ada', 'text/plain'), 415)
})
