import test from 'ava'
import { cookie, header, jsonSerializer, plain, session, type AnyDefinition } from 'koa-typed-sessions'
import { z } from 'zod'
import { serveApp } from '../support/app.ts'

/*
 * What the worst unauthenticated text of 4 kB costs beside a harmless one: both are measured in one run, in turn, inside the
 * server, and the cheapest of several rounds counts, so that a busy machine changes neither.
 */

const ROUNDS = 15
const MOST_ROUNDS = 100
const MOST = 20
const SIZE = 4000

const list = (count: number, item: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => item(i)).join()
const nested = (levels: number, inner = ''): string => '['.repeat(levels) + inner + ']'.repeat(levels)
const rich = (json: string, values: string, equalities?: string): string =>
  `~{"json":${json},"meta":{${[
    ...(values ? [`"values":${values}`] : []),
    ...(equalities ? [`"referentialEqualities":${equalities}`] : []),
    '"v":1',
  ].join()}}}`
/** So many places of one kind, each with its annotation. */
const places = (count: number, json: string, kind: string): string =>
  rich(`{"a":[${list(count, () => json)}]}`, `{${list(count, (index) => `"a.${index}":["${kind}"]`)}}`)

/** Each node holds the one before twice, so that there are more ways through them than anybody can walk. */
function ladder(levels: number): string {
  const json = list(levels, (level) => `"n${level}":{"a":${level ? null : 1},"b":null}`)
  const equalities = list(levels - 1, (level) => `"n${level}":["n${level + 1}.a","n${level + 1}.b"]`)
  return rich(`{${json}}`, '', `{${equalities}}`)
}

/** Each node holds all others. */
function web(nodes: number): string {
  const names = Array.from({ length: nodes }, (_, node) => `n${node}`)
  const json = names.map((name) => `"${name}":[${names.map(() => 'null').join()}]`).join()
  const equalities = names
    .map((name, node) => `"${name}":[${names.map((other) => `"${other}.${node}"`).join()}]`)
    .join()
  return rich(`{${json}}`, '', `{${equalities}}`)
}

const HARMLESS = '{"dark":true,"language":"de","pageSize":20,"columns":["name","price"]}'

const TEXTS: Readonly<Record<string, string>> = {
  'an index far beyond a list': rich('{"a":[1]}', '{"a":["set",{"4294967294":["undefined"]}]}'),
  'an index beyond a list': rich('{"a":[1]}', '{"a.40000000":["undefined"],"a":["set"]}'),
  'a ladder of equalities': ladder(40),
  'a web of equalities': web(16),
  'one object in many places': rich(
    `{"a":[${list(250, () => '{}')}]}`,
    '',
    `{"a.0":[${list(249, (index) => `"a.${index + 1}"`)}]}`,
  ),
  'annotations that are a text': '~{"json":{"a":1},"meta":{"values":"Date","v":1}}',
  'annotations nested without end': rich('{"a":1}', `${'["set",{"0":'.repeat(330)}1`),
  'levels without end': nested(SIZE / 2),
  'levels that are not closed': '['.repeat(SIZE),
  'as many levels as are read': nested(500),
  'many chains of levels': `{"a":[${list(3, () => nested(490))}]}`,
  'many empty objects': `{"a":[${list(1300, () => '{}')}]}`,
  'many keys': `{${list(500, (index) => `"${index.toString(36)}":0`)}}`,
  'many escapes': `{"a":"${String.raw`\u0000`.repeat(650)}"}`,
  'many undefined': places(140, 'null', 'undefined'),
  'many Sets': places(190, '[]', 'set'),
  'many Dates': places(85, '"1970-01-01T00:00:00.000Z"', 'Date'),
  'many URLs': places(140, '"a:a"', 'URL'),
  'a Set of many equal items': rich(`{"a":[${list(1900, () => '1')}]}`, '{"a":["set"]}'),
  'a Map of many equal keys': rich(`{"a":[${list(600, () => '[1,1]')}]}`, '{"a":["map"]}'),
  'a Set of what has a length': rich('{"a":{"length":4294967295}}', '{"a":["set"]}'),
  'a BigInt of many digits': rich(`{"a":"${'9'.repeat(3900)}"}`, '{"a":["bigint"]}'),
  'BigInts of as many digits as are read': rich(
    `{"a":["${'1'.repeat(1233)}","${'1'.repeat(1233)}"]}`,
    '{"a.0":["bigint"],"a.1":["bigint"]}',
  ),
  'a host that is dear to decode': rich(
    `{"a":"http://xn--${'ihqwcrb4cv8a8dqg056pqjye'.repeat(160)}/"}`,
    '{"a":["URL"]}',
  ),
  'a host that is dear to encode': rich(`{"a":"http://${'ü'.repeat(1900)}/"}`, '{"a":["URL"]}'),
  'a path of many steps': rich(`{"a":${nested(450, 'null')}}`, `{"a${'.0'.repeat(450)}":["undefined"]}`),
  'a path of many escapes': rich('{"a":1}', `{"${String.raw`\\\\.`.repeat(700)}":["Date"]}`),
  'a number of many digits': `{"a":${'9'.repeat(SIZE)}}`,
  'many numbers without end': `{"a":[${list(600, () => '1e400')}]}`,
  'many flashes': `+["{}",[${list(110, (index) => `["abcdefghijklm${index + 100}","{}"]`)}],1e12]`,
  'a body nested without end': `+${nested(SIZE / 2)}`,
}

const schema = z.object({ a: z.any().optional(), dark: z.boolean().optional() })

interface Door {
  readonly definition: AnyDefinition
  present(token: string): Record<string, string>
}

/** The most of a text that stands in 4 kB once it is percent-encoded. */
function encoded(token: string): string {
  return /^[\w!#$&'()*+\-./:<=>?@[\]^`{|}~]*$/.test(token) ? token : encodeURIComponent(token)
}

const inCookie = (options: object): Door => ({
  definition: cookie('p', { transform: plain(), cookie: { chunks: 4 }, ...options }),
  present(token) {
    const text = encoded(token)
    if (text.length < 4000) return { cookie: `p=${text}` }
    const chunks = text.match(/.{1,4000}/g) ?? []
    return { cookie: chunks.map((chunk, index) => `p.${index}=${chunk}`).join('; ') }
  },
})

const DOORS: Readonly<Record<string, Door>> = {
  'a plain cookie': inCookie({}),
  'a plain cookie with a schema': inCookie({ schema }),
  'a plain cookie of plain JSON': inCookie({ serializer: jsonSerializer }),
  'a plain header': {
    definition: header('X-P', { transform: plain() }),
    present: (token) => ({ 'x-p': encoded(token) }),
  },
  'a plain header with a schema': {
    definition: header('X-P', { transform: plain(), schema }),
    present: (token) => ({ 'x-p': encoded(token) }),
  },
  'a transport of the app': {
    definition: session('p', {
      transform: plain(),
      transport: { receive: ({ context }) => context.req.headers['x-own']?.toString() ?? null, send() {}, clear() {} },
    }),
    present: (token) => ({ 'x-own': Buffer.from(token).toString('latin1') }),
  },
}

for (const [where, { definition, present }] of Object.entries(DOORS)) {
  test(`the worst that a client writes into ${where} costs at most twenty times a harmless request`, async (t) => {
    let spent = 0
    const { request, errors } = await serveApp(
      t,
      [definition],
      { '/': ({ sessions }) => typeof sessions.get(definition) },
      {
        around: async (_ctx, next) => {
          const from = process.hrtime.bigint()
          await next()
          spent = Number(process.hrtime.bigint() - from)
        },
      },
    )
    const token = (text: string): string =>
      `${Date.now().toString(36)}.${(Date.now() + 3_600_000).toString(36)}.${text}`
    const cost = async (text: string): Promise<number> => {
      const { status } = await request('/', { headers: present(token(text)) })
      t.is(status, 200)
      return spent
    }

    const texts = Object.entries({ harmless: HARMLESS, ...TEXTS })
    const least = new Map<string, number>()
    const ratios = (): (readonly [name: string, ratio: number])[] =>
      [...least]
        .map(([name, one]) => [name, one / (least.get('harmless') as number)] as const)
        .toSorted(([, one], [, other]) => other - one)
    // A loaded machine only adds, to some more than to others: where it seems too much, it is measured more often.
    for (
      let round = 0;
      round < ROUNDS || (round < MOST_ROUNDS && ratios().some(([, ratio]) => ratio > MOST));
      round++
    ) {
      for (const [name, text] of texts) least.set(name, Math.min(least.get(name) ?? Infinity, await cost(text)))
    }
    const worst = ratios()
    t.log(
      worst
        .slice(0, 3)
        .map(([name, ratio]) => `${name}: ${ratio.toFixed(1)}`)
        .join(', '),
    )
    for (const [name, ratio] of worst) t.true(ratio <= MOST, `${name}: ${ratio.toFixed(1)} times`)
    t.deepEqual(errors, [])
  })
}
