import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import anyTest, { type TestFn } from 'ava'
import { doors, manifest, root } from './_repository.ts'
import { run, tsc } from './_typescript.ts'

interface Context {
  /** A project of a user, with the packed package in its `node_modules`. */
  readonly project: string
  /** The paths of the files in the package. */
  readonly files: readonly string[]
}

const test = anyTest.serial as TestFn<Context>

/** What the user of README's first app has installed beside this package. The rest is what this package says it needs. */
const INSTALLED = ['@koa/router', '@types/node']

const STRICT = { strict: true, target: 'ES2023', types: ['node'], skipLibCheck: false }

test.before(async (t) => {
  const project = await mkdtemp(join(tmpdir(), 'koa-typed-sessions-dist-'))
  t.context = { project, files: [] }

  const packed = await run('npm', ['pack', '--silent', '--pack-destination', project], root)
  t.is(packed.code, 0, packed.output)
  const [tarball = ''] = await readdir(project)
  t.is(tarball, `${manifest.name}-${manifest.version}.tgz`)
  const own = join(project, 'node_modules', manifest.name)
  await mkdir(own, { recursive: true })
  const extracted = await run('tar', ['-xzf', join(project, tarball), '-C', own, '--strip-components=1'], project)
  t.is(extracted.code, 0, extracted.output)
  const entries = await readdir(own, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(own.length + 1))

  for (const name of [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies), ...INSTALLED]) {
    const link = join(project, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(root, 'node_modules', name), link)
  }
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module' }))
  await copyFile(join(root, 'spec/package/_app.ts'), join(project, 'app.ts'))
  t.context = { project, files }
})

test.after.always((t) => rm(t.context.project, { recursive: true, force: true }))

test('the package holds its code, its types, its source and its papers, and nothing else', (t) => {
  const { files } = t.context
  for (const conditions of doors.values()) {
    for (const path of Object.values(conditions)) t.true(files.includes(path.replace('./', '')), path)
  }
  for (const path of ['README.md', 'LICENSE', 'CHANGELOG.md', 'package.json']) t.true(files.includes(path), path)
  const strange = files.filter(
    (path) =>
      !/^(?:dist\/.*\.(?:js|d\.ts)(?:\.map)?|lib\/.*\.ts|(?:README|CHANGELOG)\.md|LICENSE|package\.json)$/.test(path),
  )
  t.deepEqual(strange, [])
})

test('each source map of the package leads to a source in the package', async (t) => {
  const { project, files } = t.context
  const maps = files.filter((path) => path.endsWith('.map'))
  t.true(maps.length > 0)
  for (const path of maps) {
    const { sources }: { sources: string[] } = JSON.parse(
      await readFile(join(project, 'node_modules', manifest.name, path), 'utf8'),
    )
    for (const source of sources) t.true(files.includes(join(dirname(path), source)), `${path}: ${source}`)
  }
})

for (const [how, options] of [
  ['by the rules of Node', { module: 'NodeNext' }],
  ['by the rules of bundlers', { module: 'ESNext', moduleResolution: 'bundler', exactOptionalPropertyTypes: true }],
] as const) {
  test(`the first app of README compiles against the package ${how}, and so do all its declarations`, async (t) => {
    const { project } = t.context
    const config = { compilerOptions: { ...STRICT, ...options, noEmit: true }, files: ['app.ts'] }
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config))
    const { code, output } = await tsc(project, '-p', '.')
    t.is(output, '')
    t.is(code, 0)
  })
}

test('what the declarations promise is not `any`', async (t) => {
  const { project } = t.context
  const source = await readFile(join(project, 'app.ts'), 'utf8')
  await writeFile(join(project, 'wrong.ts'), source.replace("{ id: 'ada', count: 0 }", "{ id: 'ada', count: '0' }"))
  const config = { compilerOptions: { ...STRICT, module: 'NodeNext', noEmit: true }, files: ['wrong.ts'] }
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config))
  const { code, output } = await tsc(project, '-p', '.')
  t.is(code, 1)
  t.regex(output, /^wrong\.ts\(\d+,\d+\): error TS/)
  t.is(output.match(/error TS/g)?.length, 1, output)
})

test('the first app of README runs on the package: log in, count, log out', async (t) => {
  const { project } = t.context
  const config = { compilerOptions: { ...STRICT, module: 'NodeNext', outDir: 'out' }, files: ['app.ts'] }
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config))
  const compiled = await tsc(project, '-p', '.')
  t.is(compiled.code, 0, compiled.output)

  const app = spawn(process.execPath, ['out/app.js'], {
    cwd: project,
    env: { PATH: process.env['PATH'], SESSION_KEY: randomBytes(32).toString('base64url') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(async () => {
    if (app.kill()) await once(app, 'exit')
  })
  const [base] = (await Promise.race([
    once(createInterface(app.stdout), 'line'),
    once(app, 'exit').then(() => Promise.reject(new Error('the app has ended'))),
  ])) as [string]

  const ask = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(new URL(path, base), { method, headers })
    return { response, body: await response.text() }
  }
  t.is((await ask('GET', '/')).body, 'hello stranger')

  const login = await ask('POST', '/login')
  const [line = ''] = login.response.headers.getSetCookie()
  t.regex(line, /^user_session=[\w-]{43}; path=\/;.*httponly/i)
  const cookie = line.split(';')[0] ?? ''
  t.is((await ask('GET', '/', { cookie })).body, 'hello ada')
  t.is((await ask('POST', '/count', { cookie })).body, '{"id":"ada","count":1}')
  t.is((await ask('POST', '/count', { cookie })).body, '{"id":"ada","count":2}')

  const token = (await ask('POST', '/token')).response.headers.get('x-session') ?? ''
  t.is((await ask('GET', '/token', { 'x-session': token })).body, '{"token":"secret"}')

  const logout = await ask('POST', '/logout', { cookie })
  t.regex(logout.response.headers.getSetCookie()[0] ?? '', /^user_session=;/)
  t.is((await ask('GET', '/', { cookie })).body, 'hello stranger', 'destroyed means destroyed')
})
