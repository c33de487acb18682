import test from 'ava'
import { violations } from './_floors.ts'
import { modules } from './_repository.ts'

test('every module of the library stands on its floor and imports downwards only, types too', (t) => {
  t.true(modules().has('index.ts'))
  t.deepEqual(violations(modules()), [])
})

test('contracts are types only', (t) => {
  const code = [...modules()].filter(
    ([path, source]) =>
      path.startsWith('contracts/') && /^export (?:async |abstract )*(?:const|let|function|class|enum)\b/m.test(source),
  )
  t.deepEqual(
    code.map(([path]) => path),
    [],
  )
})

const wrong = (title: string, sources: Record<string, string>, expected: RegExp) =>
  test(`the order of the house forbids ${title}`, (t) => {
    const lines = violations(new Map(Object.entries(sources)))
    t.is(lines.length, 1, lines.join('\n'))
    t.regex(lines[0] ?? '', expected)
  })

wrong('a folder that is on no floor', { 'utils/text.ts': '' }, /^utils\/text\.ts stands on no floor$/)
wrong('an import upwards', { 'base/clock.ts': `import { sign } from '../transformers/sign.ts'` }, /upwards/)
wrong(
  'an import upwards of a type',
  { 'contracts/record.ts': `import type { Id } from '../trackers/session-keys.ts'` },
  /upwards/,
)
wrong(
  'an import upwards of a type inside a type',
  { 'base/a.ts': `type Id = import('../trackers/session-keys.ts').Id` },
  /upwards/,
)
wrong('a re-export upwards', { 'mount/a.ts': `export {\n  b,\n  c\n} from '../koa/b.ts'` }, /upwards/)
wrong('an import of a room that is not there', { 'koa/a.ts': `import '../helpers/b.ts'` }, /upwards/)
wrong('a look into a room of the same floor', { 'storages/a.ts': `import { b } from '../transports/b.ts'` }, /blind/)
wrong(
  'a definition that knows a storage',
  { 'definition/a.ts': `import { b } from '../storages/b.ts'` },
  /does not see storages/,
)
wrong('testing that knows the middleware', { 'testing/a.ts': `import { b } from '../koa/b.ts'` }, /does not see koa/)
wrong('Koa anywhere but in its room', { 'mount/a.ts': `import type { Context } from 'koa'` }, /no such package/)
wrong('merging into Koa anywhere but in its room', { 'mount/a.ts': `declare module 'koa' {\n}` }, /no such package/)
wrong(
  'a mirror inside the reactive stores',
  { 'client/reactive/a.ts': `import { b } from '../mirror/b.ts'` },
  /upwards in its room/,
)
wrong('a part of the client that is unknown', { 'client/a.ts': '' }, /^client\/a\.ts stands on no floor$/)
wrong('Node in the browser', { 'client/reactive/a.ts': `import { b } from 'node:fs'` }, /without Node/)
wrong(
  'a circle of modules in one room',
  {
    'base/a.ts': `import { b } from './b.ts'`,
    'base/b.ts': `import type { c } from './c.ts'`,
    'base/c.ts': `import './a.ts'`,
  },
  /^a circle: base\/a\.ts -> base\/b\.ts -> base\/c\.ts -> base\/a\.ts$/,
)

test('the order of the house allows imports downwards, in one room, and of the packages that a room knows', (t) => {
  const sources = {
    'koa/a.ts': `import type { Context } from 'koa'\nimport { b } from './b.ts'\nimport { c } from '../errors.ts'`,
    'koa/b.ts': `/** import { b } from '../live/b.ts' */\nimport { open } from 'node:fs/promises'`,
    'errors.ts': '',
  }
  t.deepEqual(violations(new Map(Object.entries(sources))), [])
})
