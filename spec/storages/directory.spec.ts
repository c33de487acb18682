import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect, promisify } from 'node:util'
import test from 'ava'
import { SessionConfigError } from '../../lib/errors.ts'
import { directoryStorage } from '../../lib/storages/directory.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { HOUR, listed, stage, walk } from './_directory-stage.ts'

/** Runs a script beside this one on a directory, under a limit, and gives what it prints. */
async function run(script: string, path: string, limit: string = ':'): Promise<string> {
  const worker = new URL(`${script}.ts`, import.meta.url).pathname
  const command = ['-c', `${limit}; exec "$0" "$@"`, process.execPath, ...process.execArgv, worker, path]
  const { stdout } = await promisify(execFile)('/bin/sh', command, { env: { ...process.env, TSX_DISABLE_CACHE: '1' } })
  return stdout
}

test('wrong options are refused, and the message says what to write', (t) => {
  const path = temporaryFolder(t)
  const refused = (make: () => unknown, message: RegExp) =>
    t.throws(make, { instanceOf: SessionConfigError, message, code: 'ERR_SESSION_CONFIG' })
  refused(() => directoryStorage(''), /directoryStorage\('\.sessions'\)/)
  refused(() => directoryStorage(undefined as never), /path of a directory/)
  refused(() => directoryStorage(path, { durability: 'some' as never }), /'none', 'file' or 'full'/)
  refused(() => directoryStorage(path, { cached: 1 as never }), /true or false/)
  refused(() => directoryStorage(path, { clock: 1 as never }), /function/)
  refused(() => directoryStorage(path, { cache: true } as never), /no option 'cache': it takes cached/)
})

test('a path that is a file is refused when the app starts', (t) => {
  const file = join(temporaryFolder(t), 'file')
  writeFileSync(file, '')
  t.throws(() => directoryStorage(file), {
    instanceOf: SessionConfigError,
    message: /is not a folder\. Remove it: rm '/,
  })
  const error = t.throws(() => directoryStorage(join(file, 'below')), { instanceOf: SessionConfigError })
  t.like(error?.cause, { code: 'ENOTDIR' })
})

test('folders are for their owner alone, and files too, whatever the umask', async (t) => {
  const before = process.umask(0)
  t.teardown(() => process.umask(before))
  const path = join(temporaryFolder(t), 'new', 'root')
  const storage = directoryStorage(path)
  await storage.create('key', { data: '', version: 1, createdAt: 0, expiresAt: 8.64e15, identity: 'i', subject: 'ada' })
  await storage.touch('key', 8.64e15)
  for (const name of ['.', ...walk(path)]) {
    const stat = statSync(join(path, name))
    t.is(stat.mode & 0o777, stat.isDirectory() ? 0o700 : 0o600, name)
  }
})

test('neither keys nor subjects are names on disk', async (t) => {
  const { path, storage, record } = stage(t)
  await storage.create('../../key', record({ subject: '../subject' }))
  for (const name of walk(path)) t.regex(name, /^(sessions|subjects|tmp|trash|[0-9a-f]+|[0-9]|\/)+$/)
})

test('a storage that is opened again finds what was stored', async (t) => {
  const { path, clock, storage, record } = stage(t)
  await storage.create('key', record({ subject: 'ada' }))
  await storage.update('key', record({ data: 'second', subject: 'ada' }), 1)
  await storage.touch('key', clock() + 2 * HOUR)
  const again = directoryStorage(path, { clock })
  const expected = record({ data: 'second', version: 2, subject: 'ada', expiresAt: clock() + 2 * HOUR })
  t.deepEqual(await again.read('key'), expected)
})

test('a cached directory has all that a directory has', async (t) => {
  const storage = directoryStorage(temporaryFolder(t), { cached: true })
  const record = { data: 'a', version: 1, createdAt: 0, expiresAt: 8.64e15, identity: 'i', subject: 'ada' }
  t.true(await storage.create('key', record))
  t.deepEqual(await storage.read('key'), record)
  t.is(await storage.sweep?.(), 0)
  for await (const row of storage.list?.('ada') ?? []) t.deepEqual(row, { key: 'key', record })
})

test('a refusal and a read wait for nothing', (t) => {
  const { storage, record } = stage(t)
  t.is(storage.read('key'), null)
  t.is(storage.update('key', record(), 1), 'gone')
  t.is(storage.rotate('key', 'new', record(), 1), 'gone')
  t.false(storage.touch('key', 8.64e15))
  t.false(storage.delete('key'))
})

test('text that UTF-8 cannot carry comes back exactly, and is not mixed up as a key or a subject', async (t) => {
  const { storage, record } = stage(t)
  for (const text of ['\ud800', '\ud801', '\udc00x', '\ufeff', '"\\ud800"']) {
    t.true(await storage.create(text, record({ data: text, subject: text })))
  }
  for (const text of ['\ud800', '\ud801', '\udc00x', '\ufeff', '"\\ud800"']) {
    t.is(storage.read(text)?.data, text)
    t.deepEqual(await listed(storage, text), [text])
  }
})

test('an update may let a session expire earlier than a touch said', async (t) => {
  const { clock, storage, record, plant } = stage(t)
  await storage.create('key', record())
  await storage.touch('key', clock() + 9 * HOUR)
  await storage.update('key', record({ data: 'second' }), 1)
  t.is(storage.read('key')?.expiresAt, clock() + HOUR)
  plant('key', { [`t1-${clock() + 9 * HOUR}`]: '' })
  t.is(storage.read('key')?.expiresAt, clock() + HOUR, 'also when the touch of the old version comes late')
})

test('touching again and again leaves one mark', async (t) => {
  const { clock, storage, record, folder } = stage(t)
  await storage.create('key', record())
  for (let hours = 2; hours < 6; hours++) t.true(await storage.touch('key', clock() + hours * HOUR))
  t.deepEqual(readdirSync(folder('key')).sort(), ['1', `t1-${clock() + 5 * HOUR}`])
})

test('superseded versions stay for a while, and go with a later update or a sweep', async (t) => {
  const { storage, impatient, record, folder } = stage(t)
  await storage.create('key', record())
  for (let version = 1; version < 5; version++) await storage.update('key', record(), version)
  t.deepEqual(readdirSync(folder('key')).sort(), ['1', '2', '3', '4', '5'])
  t.is(await impatient.update('key', record(), 5), 'ok')
  t.deepEqual(readdirSync(folder('key')), ['6'])
  await storage.update('key', record(), 6)
  await impatient.sweep()
  t.deepEqual(readdirSync(folder('key')), ['7'])
})

test('removing the directory ends all sessions, and the app goes on', async (t) => {
  const { path, storage, record } = stage(t)
  await storage.create('key', record({ subject: 'ada' }))
  rmSync(path, { recursive: true })
  t.is(storage.read('key'), null)
  t.is(await storage.sweep(), 0)
  t.true(await storage.create('key', record({ subject: 'ada' })))
  t.true(await storage.delete('key'))
})

test('a session is destroyed also where the trash is missing', async (t) => {
  const { layout, storage, record } = stage(t)
  await storage.create('key', record())
  rmSync(layout.trash, { recursive: true })
  t.true(await storage.delete('key'))
  t.is(storage.read('key'), null)
})

test('a broken engine throws its own error and leaves the old record as it was', async (t) => {
  const { layout, storage, record } = stage(t)
  await storage.create('key', record())
  rmSync(layout.tmp, { recursive: true })
  writeFileSync(layout.tmp, '')
  const broken = { code: 'ENOTDIR' }
  await t.throwsAsync(async () => storage.update('key', record({ data: 'second' }), 1), broken)
  await t.throwsAsync(async () => storage.rotate('key', 'new', record(), 1), broken)
  await t.throwsAsync(async () => storage.create('other', record()), broken)
  t.deepEqual(storage.read('key'), record())
  t.is(storage.read('new'), null)
})

test('a disk that is full in the middle of a write leaves the old record as it was, and no litter', async (t) => {
  const { path, layout, storage, record, clock } = stage(t)
  await storage.create('key', record({ expiresAt: 8.64e15 }))
  // A limit on the size of files, since a full disk is hard to come by: the write ends half way just so.
  t.is(await run('_write-large', path, 'ulimit -f 8'), 'EFBIG')
  t.deepEqual(storage.read('key'), record({ expiresAt: 8.64e15, createdAt: clock() }))
  t.deepEqual(readdirSync(layout.tmp), [])
})

test('a process that may open no more files is told so, and goes on with the old record when it may', async (t) => {
  const { path, layout, storage, record } = stage(t)
  await storage.create('key', record({ expiresAt: 8.64e15 }))
  t.is(await run('_write-without-files', path, 'ulimit -n 64'), 'EMFILE EMFILE first ok')
  t.is(storage.read('key')?.data, 'second')
  t.deepEqual(readdirSync(layout.tmp), [])
})

test('who may not write or read the directory any more is told so, and loses nothing', async (t) => {
  const { path } = stage(t)
  chmodSync(path, 0o1777)
  t.is(await run('_write-without-permission', path), 'EACCES EACCES first EACCES ERR_SESSION_CONFIG ok')
})

for (const planted of ['sessions', 'subjects', 'tmp', 'trash']) {
  test(`a link that was planted as '${planted}' is refused when the app starts`, (t) => {
    const [path, elsewhere] = [temporaryFolder(t), temporaryFolder(t)]
    symlinkSync(elsewhere, join(path, planted))
    t.throws(() => directoryStorage(path), { instanceOf: SessionConfigError, message: /private/ })
    t.deepEqual(readdirSync(elsewhere), [])
  })

  test(`what others may read in '${planted}' is made private, and what they may have written is refused`, (t) => {
    const path = temporaryFolder(t)
    mkdirSync(join(path, planted))
    chmodSync(join(path, planted), 0o755)
    directoryStorage(path)
    t.is(statSync(join(path, planted)).mode & 0o777, 0o700)
    for (const mode of [0o770, 0o702]) {
      chmodSync(join(path, planted), mode)
      t.throws(() => directoryStorage(path), { instanceOf: SessionConfigError, message: /private/ })
      t.is(statSync(join(path, planted)).mode & 0o777, mode)
    }
  })
}

test('the directory itself may be a link: that is how deployments share one', async (t) => {
  const path = temporaryFolder(t)
  mkdirSync(join(path, 'shared'), { mode: 0o700 })
  symlinkSync(join(path, 'shared'), join(path, 'current'))
  const record = { data: 'a', version: 1, createdAt: 0, expiresAt: 8.64e15, identity: 'i' }
  t.true(await directoryStorage(join(path, 'current')).create('key', record))
  t.deepEqual(await directoryStorage(join(path, 'shared')).read('key'), record)
})

test('a storage that is logged shows no path, key or value', async (t) => {
  const { storage } = stage(t)
  t.is(inspect(storage), 'DirectorySessionStorage {}')
  t.is(JSON.stringify(storage), '{}')
})
