import test from 'ava'
import fc from 'fast-check'
import { cookieValues } from '../../lib/transports/cookie-reader.ts'
import { isAnswered } from './_app.ts'
import { fuzz } from './_fuzz.ts'
import { isGenuine, kinds } from './_kinds.ts'
import { mutationOf } from './_mutations.ts'

const { genuine, tokens, ask } = await kinds()
const cookies = genuine.filter(({ definition }) => !/^(?:x-|authorization)/.test(definition.name))
const names = [...cookies.map(({ definition }) => definition.name), 'a', '', '__proto__', '__Host-signed', 'signed.0']

const blank = fc.constantFrom('', ' ', '\t', '  ', '\u00a0', '\u000b', '"')
const pair = fc
  .tuple(
    blank,
    fc.oneof(fc.constantFrom(...names), mutationOf(names)),
    blank,
    fc.constantFrom('=', '=', '=', '==', '', ' ='),
    blank,
    mutationOf(tokens),
    blank,
  )
  .map((parts) => parts.join(''))
const header = fc.array(pair, { maxLength: 6 }).chain((pairs) =>
  fc.oneof(
    fc.constantFrom('; ', ';', ' ;', ',', ';;', '; ; ').map((separator) => pairs.join(separator)),
    mutationOf([pairs.join('; ')]),
  ),
)

fuzz(
  'a Cookie header gives a name the values that splitting it would',
  fc.tuple(header, fc.constantFrom(...names.filter(Boolean))),
  ([text, name]) => {
    const expected = text
      .split(';')
      .map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1), one.includes('=')] as const)
      .filter(([key, , assigns]) => assigns && trimmed(key, 'start') === name)
      .map(([, value]) => trimmed(trimmed(value, 'start'), 'end'))
    return JSON.stringify(cookieValues(text, name)) === JSON.stringify(expected)
  },
)

fuzz(
  'whatever a Cookie header holds, an app shows the sessions whose tokens stand in it, or none',
  header,
  async (text) => {
    const answer = await ask({ cookie: text })
    isAnswered(answer)
    isGenuine(genuine, answer.says, text)
  },
  20_000,
)

test('a request with a genuine cookie of each kind is shown all of them', async (t) => {
  const cookie = cookies.map(({ definition, tokens: [token] }) => `${definition.name}=${token}`).join('; ')
  const { says } = await ask({ cookie })
  t.is((says as unknown[]).filter(Boolean).length, cookies.length)
})

/** Spaces and tabs, which are all that RFC 6265 lets stand around a value. */
function trimmed(text: string, where: 'start' | 'end'): string {
  return text.replace(where === 'start' ? /^[ \t]+/ : /[ \t]+$/, '')
}
