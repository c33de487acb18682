import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { cookie, encrypt, header, memoryStorage, plain, seal, sign } from 'koa-typed-sessions'
import { KEY, type ServedApp, serveApp } from '../support/app.ts'

interface Visit {
  count: number
}

const NAMES = ['signed', 'encrypted', 'sealed', 'plain', 'by_id', 'chunked', '__proto__'] as const

/** One app with a session of every kind, all of which its only page uses. */
function everyKind(t: ExecutionContext): Promise<ServedApp> {
  const all = [
    cookie<Visit>('signed', { transform: sign(KEY) }),
    cookie<Visit>('encrypted', { transform: encrypt({ keys: KEY }) }),
    cookie<Visit>('sealed', { transform: seal({ password: KEY }) }),
    cookie<Visit>('plain', { transform: plain() }),
    cookie<Visit>('by_id', { storage: memoryStorage() }),
    cookie<Visit>('chunked', { cookie: { chunks: 4 } }),
    cookie<Visit>('__proto__', { storage: memoryStorage() }),
    header<Visit>('x-h'),
  ]
  return serveApp(t, all, { '/': ({ sessions }) => all.map((one) => (sessions.get(one) ? 1 : 0)).join('') })
}

/** Sends bytes as they are, which no HTTP client would. */
function sendRaw(url: string, cookieHeader: Buffer): Promise<string> {
  const { port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1')
    let answer = ''
    socket
      .setEncoding('latin1')
      .on('data', (chunk: string) => (answer += chunk))
      .on('error', reject)
      .on('close', () => resolve(answer))
    socket.write(
      Buffer.concat([
        Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: '),
        cookieHeader,
        Buffer.from('\r\n\r\n'),
      ]),
    )
  })
}

test('whatever a Cookie header holds, the page is answered as if nobody was there', async (t) => {
  const { request, errors } = await everyKind(t)
  const texts = [
    '%',
    '%%',
    '%E0%A4%A',
    '%ff',
    '%u0041',
    '%00',
    '%0d%0aSet-Cookie:%20a=b',
    '+',
    '""',
    '"',
    '\\',
    '{}',
    '[]',
    'null',
    'undefined',
    'NaN',
    '{"count":1}',
    '0.0.',
    '..',
    '.',
    '0.zzzzzzzz.',
    '0.zzzzzzzz.null',
    '0.zzzzzzzz.1',
    '0.zzzzzzzz."a"',
    '-1.zzzzzzzz.{}x',
    'NaN.NaN.{}',
    '__proto__',
    'constructor',
    'toString',
    'Fe26.2',
    'Fe26.2*1*2*3*4*5*6*7',
    'Fe26.2**********',
    `Fe26.2*${'a'.repeat(3000)}`,
    's',
    'e',
    'sAAAA',
    'eAAAA',
    `s${'A'.repeat(3000)}`,
    `e${'A'.repeat(3000)}`,
    '=',
    '==',
    'a=b',
    '\u00e4\u00f6\u00fc',
    '\u00ff'.repeat(100),
    'A'.repeat(15_000),
    '%41'.repeat(1300),
    '\t',
    ' ',
  ]
  for (const text of texts) {
    for (const names of text.length > 1000 ? NAMES.map((name) => [name]) : [NAMES]) {
      const reply = await request('/', {
        cookie: names.map((name) => `${name}=${text}`).join('; '),
        headers: { 'x-h': text.length > 4000 ? 'x' : text.trim() || 'x' },
      })
      t.is(reply.status, 200, text.slice(0, 40))
      t.is(reply.text, '00000000', text.slice(0, 40))
    }
  }
  t.deepEqual(errors, [])
})

test('part names, empty names and lone separators are no reason to fail', async (t) => {
  const { request, errors } = await everyKind(t)
  for (const text of [
    ';',
    ';;;;',
    '; ;',
    '=',
    '=;=',
    ' = ; = ',
    'signed',
    'signed;',
    'signed; signed',
    'signed=',
    '=signed',
    'signed==',
    '$Version=1; signed=x; $Path=/',
    'chunked.0=',
    'chunked.0=; chunked.1=',
    'chunked.1=a',
    'chunked.0=a; chunked.0=b',
    'chunked.0=%; chunked.1=41',
    'chunked.-1=a; chunked.00=b',
    'chunked=a; chunked.0=b',
    Array.from({ length: 1500 }, (_, n) => `signed=${n}`)
      .join(';')
      .slice(0, 15_000),
    'signed=;'.repeat(1800),
  ]) {
    const reply = await request('/', { cookie: text })
    t.is(reply.status, 200, text.slice(0, 40))
    t.is(reply.text, '00000000', text.slice(0, 40))
  }
  t.deepEqual(errors, [])
})

test('for random Cookie headers there is no session and never a 500', async (t) => {
  const { request, errors } = await everyKind(t)
  const text = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.string({ unit: fc.constantFrom(...'sePLAIN%41;= .*_-~{}":,0'), maxLength: 200 }),
    fc.string({ unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 200 }),
    fc.json().map(encodeURIComponent),
    fc.json().map((json) => encodeURIComponent(`~${json}`)),
  )
  const pair = fc
    .tuple(fc.constantFrom(...NAMES, 'chunked.0', 'chunked.1', ''), text)
    .map(([name, value]) => `${name}=${value}`)
  const cookies = fc
    .array(pair, { maxLength: 12 })
    .map((pairs) => pairs.join('; ').replace(/[^\t\u0020-\u007e\u0080-\u00ff]/g, ''))
  await fc.assert(
    fc.asyncProperty(cookies, async (given) => {
      const reply = await request('/', { cookie: given })
      return reply.status === 200 && reply.text === '00000000'
    }),
    { numRuns: 400 },
  )
  t.deepEqual(errors, [])
})

test('random bytes on the wire are refused by the server, or answered as if nobody was there', async (t) => {
  const { url, errors } = await everyKind(t)
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...NAMES), async (bytes, name) => {
      const answer = await sendRaw(
        url,
        Buffer.concat([Buffer.from(`${name}=`), bytes.filter((byte) => byte !== 10 && byte !== 13)]),
      )
      return /^HTTP\/1\.1 (?:200|400) /.test(answer)
    }),
    { numRuns: 200 },
  )
  t.deepEqual(errors, [])
})
