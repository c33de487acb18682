import test from 'ava'
import fc from 'fast-check'
import { headerTransport } from '../../lib/transports/header.ts'
import { isAnswered } from './_app.ts'
import { fuzz } from './_fuzz.ts'
import { isGenuine, kinds } from './_kinds.ts'
import { mutationOf } from './_mutations.ts'

const { genuine, tokens, ask } = await kinds()
const names = ['x-signed', 'x-by-id', 'authorization']

const scheme = fc.constantFrom('', 'Bearer ', 'bearer ', 'BEARER  ', 'Bearer', 'Basic ', 'Bearer\t', 'Bearer Bearer ')
const text = fc.tuple(scheme, mutationOf(tokens)).map((parts) => parts.join(''))

const bearer = headerTransport('authorization', { scheme: 'Bearer', response: 'x-token' })

fuzz('a header gives the text behind its scheme, or nothing', text, (given) => {
  const read = bearer.receive({ header: () => given } as unknown as Parameters<typeof bearer.receive>[0])
  const expected = /^bearer (.*)$/is.exec(given)?.[1]?.trim() || null
  return read === expected || read === ''
})

fuzz(
  'whatever stands in headers, an app shows the sessions whose tokens stand in them, or none',
  fc.array(fc.tuple(fc.constantFrom(...names), text), { minLength: 1, maxLength: 4 }),
  async (given) => {
    const headers = given.flat()
    const answer = await ask({ headers })
    isAnswered(answer)
    isGenuine(genuine, answer.says, headers.join('\n'))
  },
  20_000,
)

test('a request with a genuine token in each header is shown all of them', async (t) => {
  const inHeaders = genuine.filter(({ definition }) => names.includes(definition.name))
  const headers = inHeaders.flatMap(({ definition: { name }, tokens: [token = ''] }) => [
    name,
    name === 'authorization' ? `Bearer ${token}` : token,
  ])
  const { says } = await ask({ headers })
  t.is((says as unknown[]).filter(Boolean).length, names.length)
})
