import test from 'ava'
import type { ExtendableContext } from 'koa'
import { encrypt, header, returnPath, seal, sign } from 'koa-typed-sessions'
import { decodeToken } from '../../lib/transformers/percent-encoded.ts'
import { resolvedDefinition } from '../../lib/definition/definition.ts'
import { canonicalOrigin } from '../../lib/koa/origin.ts'
import { readOffer } from '../../lib/koa/socket/subprotocol.ts'
import { readPayload } from '../../lib/formats/payload.ts'
import { readEnvelope } from '../../lib/formats/envelope.ts'
import { cookieValues } from '../../lib/transports/cookie-reader.ts'
import { cookieTransport } from '../../lib/transports/cookie.ts'
import { filesIn, read } from '../package/_repository.ts'
import { hostileTexts, isLinear } from '../support/cost.ts'
import { any } from './_support/refusals.ts'
import { KEY } from '../support/app.ts'

const PUMPS = [
  ...'aA0./?%&=,;:-_*+~!#@\\"\'<>()[]{} \t\r\n\u2028\u00e9',
  '?=',
  '/?',
  ' ,',
  ' ;',
  'a.',
  'a=',
  'a=;',
  '%41',
  '..',
  ' \t',
]
const BEGINNINGS = [
  '',
  '/',
  '/?',
  'a',
  'a:',
  'a://',
  '0',
  '0.',
  's',
  'e',
  'Fe26.2*',
  '__Host-',
  'Bearer ',
  'a=',
  ';a=',
  '+[',
]
const TEXTS = hostileTexts(BEGINNINGS, PUMPS)

/** A literal, behind what may stand before one. Comments are taken out first. */
const LITERAL = /(?<=[=(,!?:&|[{]\s{0,99}|return )\/((?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([dgimsuvy]*)/g

const expressions = filesIn('lib').flatMap((path) => {
  const code = read(path).replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
  return Array.from(code.matchAll(LITERAL), ([text, source = '', flags = '']) => ({ path, text, source, flags }))
})

test('the regular expressions of the library are found', (t) => {
  t.true(expressions.length > 20, String(expressions.length))
  t.true(expressions.some(({ path }) => path === 'lib/koa/return-path.ts'))
})

for (const { path, text, source, flags } of expressions) {
  test(`${text} (${path}) takes time in proportion to a text`, (t) => {
    const expression = new RegExp(source, flags.replace('y', '').replace('g', ''))
    isLinear(t, text, TEXTS, (hostile) => expression.test(hostile))
    t.pass()
  })
}

const purpose = { name: 'user', transport: 'cookie', random: (size: number) => Buffer.alloc(size, 7) }
const split = cookieTransport('a', { chunks: 16 })
const bearer = resolvedDefinition(header('Authorization', { scheme: 'Bearer', response: 'X-Session' }))
const mounted = [{ kind: 'header', name: 'a', options: {} }]
const exchangeOf = (hostile: string) => any<never>({ header: () => hostile })

for (const [what, work] of Object.entries({
  returnPath: (text) => returnPath(any<ExtendableContext>({ query: { returnTo: text } })),
  canonicalOrigin,
  'the values of a cookie': (text) => cookieValues(text, 'a'),
  'the values of a split cookie': (text) => split.receive(exchangeOf(text)),
  'the token behind Bearer': (text) => bearer?.transport.receive(exchangeOf(text)),
  'the tokens among subprotocols': (text) => readOffer(`koa-typed-sessions,${text}`, any<never>(mounted)),
  'a percent-encoded token': decodeToken,
  'an envelope': readEnvelope,
  'a body': readPayload,
  'a signed token': (text) => sign(KEY).bind(purpose).decode(text),
  'an encrypted token': (text) => encrypt({ keys: KEY }).bind(purpose).decode(text),
  'a sealed token': (text) => seal({ password: KEY }).bind(purpose).decode(text),
} satisfies Record<string, (text: string) => unknown>)) {
  test(`${what} is read in time in proportion to a text`, (t) => {
    isLinear(t, what, TEXTS, work)
    t.pass()
  })
}
