import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { codeBlocks, examples, type Snippet } from './_markdown.ts'
import { asModule } from './_prelude.ts'
import { doors, filesIn, read, root, sourceOf } from './_repository.ts'
import { tsc } from './_typescript.ts'

interface Context {
  /** What the compiler says of each snippet that it refuses, by where it stands. */
  readonly refused: ReadonlyMap<string, string[]>
}

const test = anyTest as TestFn<Context>

const inReadme = placed('README.md', codeBlocks)
const inComments = filesIn('lib').flatMap((path) => placed(path, examples))
const WRONG = new Map([
  ['a wrong value', `ctx.sessions.set(UserSession, { id: 1, count: 0 })`],
  ['a wrong name', `const { sesions } = await import('koa-typed-sessions')`],
  ['a name from nowhere', `app.use(neverDeclared)`],
  ['a wrong word', `const Mine = cookie<Cart>('mine', { conflict: 'rejects' })`],
  ['a member that is not there', `ctx.sessions.unset(UserSession)`],
])

function placed(path: string, find: (text: string) => Snippet[]): [place: string, code: string][] {
  return find(read(path)).map(({ line, code }) => [`${path}:${line}`, code])
}

/** One run of the compiler for all, as strict as users are told to be, outside of the repository. */
async function check(snippets: ReadonlyMap<string, string>): Promise<Map<string, string[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'koa-typed-sessions-docs-'))
  try {
    const places = [...snippets.keys()]
    const paths = Object.fromEntries(Array.from(doors.keys(), (door) => [door, [join(root, sourceOf(door))]]))
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          target: 'ES2023',
          module: 'NodeNext',
          types: ['node'],
          strict: true,
          noEmit: true,
          allowImportingTsExtensions: true,
          skipLibCheck: true,
          paths,
        },
        include: ['*.ts'],
      }),
    )
    await Promise.all(
      places.map((place, index) => writeFile(join(folder, `${index}.ts`), asModule(snippets.get(place) ?? ''))),
    )
    const { output } = await tsc(folder, '-p', '.')
    const refused = new Map<string, string[]>()
    for (const [line, where = '', message = ''] of output.matchAll(/^(.*?)(error TS\d+: .*)$/gm)) {
      const place = places[Number(/^(\d+)\.ts\(/.exec(where)?.[1])] ?? line
      refused.set(place, [...(refused.get(place) ?? []), message])
    }
    return refused
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test.before(async (t) => {
  t.context = { refused: await check(new Map([...WRONG, ...inReadme, ...inComments])) }
})

for (const [where, snippets] of [
  ['every block of code in README', inReadme],
  ['every example in a doc comment', inComments],
] as const) {
  test(`${where} compiles as it stands`, (t) => {
    t.true(snippets.length > 0)
    const failed = snippets.flatMap(
      ([place]) => t.context.refused.get(place)?.map((message) => `${place}: ${message}`) ?? [],
    )
    t.deepEqual(failed, [])
  })
}

test('no block and no example is overlooked', (t) => {
  const count = (pattern: RegExp, paths: readonly string[]) =>
    paths.flatMap((path) => read(path).match(pattern) ?? []).length
  t.is(inReadme.length, count(/^\s*`{3,}(?:ts|typescript)\b/gm, ['README.md']))
  t.is(inComments.length, count(/@example\b/g, filesIn('lib')))
})

test('nothing that is refused stands anywhere else', (t) => {
  const places = new Set([...WRONG, ...inReadme, ...inComments].map(([place]) => place))
  t.deepEqual(
    [...t.context.refused.keys()].filter((place) => !places.has(place)),
    [],
  )
})

for (const what of WRONG.keys()) {
  test(`an example with ${what} would be found`, (t) => {
    t.true(t.context.refused.has(what))
  })
}
