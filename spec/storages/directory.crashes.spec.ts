import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { FolderGuard } from '../../lib/storages/directory/folder-guard.ts'
import { destroyExpired } from '../../lib/storages/directory/destroy.ts'
import { nameOf } from '../../lib/storages/directory/layout.ts'
import { LIMITS } from '../../lib/storages/directory/limits.ts'
import { publish } from '../../lib/storages/directory/publish.ts'
import { formatRecord } from '../../lib/storages/directory/record-file.ts'
import { readFolder } from '../../lib/storages/directory/session-folder.ts'
import { HOUR, listed, stage, walk } from './_directory-stage.ts'

test('a session that is just being created is not there yet, and its key is taken', async (t) => {
  const { storage, impatient, record, plant } = stage(t)
  plant('key', {})
  t.is(storage.read('key'), null)
  t.is(await storage.update('key', record(), 1), 'gone')
  t.false(await storage.touch('key', 8.64e15))
  t.false(await storage.delete('key'))
  t.false(await storage.create('key', record()))
  await storage.create('old', record())
  t.is(await storage.rotate('old', 'key', record(), 1), 'exists')
  t.true(await impatient.create('key', record()), 'after a while it was abandoned')
})

test('a session whose burial was not finished is gone, and its key is free after a while', async (t) => {
  const { storage, impatient, record, plant } = stage(t)
  await storage.create('key', record())
  plant('key', { 2: '' })
  t.is(storage.read('key'), null)
  for (const expected of [1, 2]) {
    t.is(await storage.update('key', record(), expected), 'gone')
    t.is(await storage.rotate('key', 'new', record(), expected), 'gone')
  }
  t.false(await storage.touch('key', 8.64e15))
  t.false(await storage.create('key', record()))
  t.true(await impatient.create('key', record({ data: 'new' })))
  t.is(storage.read('key')?.data, 'new')
})

test('a rotation that was not finished leaves two dead keys', async (t) => {
  const { storage, impatient, record, plant, folder } = stage(t)
  await storage.create('old', record())
  plant('old', { 2: formatRecord('new', record(), 2) })
  plant('new', {})
  for (const key of ['old', 'new']) {
    t.is(storage.read(key), null)
    t.is(await storage.update(key, record(), 2), 'gone')
    t.false(await storage.touch(key, 8.64e15))
    t.false(await storage.create(key, record()))
  }
  await impatient.sweep()
  t.false(existsSync(folder('old')))
  t.false(existsSync(folder('new')))
})

test('a logout in the middle of a rotation destroys the session', async (t) => {
  const { storage, record, plant, folder } = stage(t)
  await storage.create('old', record())
  plant('old', { 2: formatRecord('new', record(), 2) })
  t.true(await storage.delete('old'))
  t.throws(() => renameSync(folder('old'), folder('new')), { code: 'ENOENT' }, 'the rotation cannot go on')
})

test('a session in the middle of a rotation is listed, so that it can be revoked', async (t) => {
  const { storage, record, plant } = stage(t)
  await storage.create('old', record({ subject: 'ada' }))
  plant('old', { 2: formatRecord('new', record({ subject: 'bob' }), 2) })
  t.deepEqual(await listed(storage, 'ada'), ['old'])
  t.true(await storage.delete('old'))
  t.deepEqual(await listed(storage, 'ada'), [])
})

test('a damaged record is no session', async (t) => {
  const { storage, record, folder } = stage(t)
  await storage.create('key', record())
  const whole = readFileSync(join(folder('key'), '1'), 'utf8')
  const damaged = [
    '',
    '\n',
    'null\nfirst',
    '{}\nfirst',
    '[]\n',
    whole.slice(0, -1),
    `${whole}x`,
    whole.slice(0, 20),
    whole.slice(1),
    '\0'.repeat(whole.length),
    whole.replace('"key":"key"', '"key":1'),
    whole.replace('"version":1', '"version":2'),
    whole.replace('"length":5', '"length":5,"escaped":true'),
  ]
  for (const text of damaged) {
    writeFileSync(join(folder('key'), '1'), text)
    t.is(storage.read('key'), null, text)
    t.is(await storage.update('key', record(), 1), 'gone')
  }
  writeFileSync(join(folder('key'), '1'), whole)
  t.deepEqual(storage.read('key'), record())
})

test('a record that lies in the folder of another key is not its session', async (t) => {
  const { storage, record, plant } = stage(t)
  plant('key', { 1: formatRecord('other', record(), 1) })
  t.is(storage.read('key'), null)
})

test('a planted link is not followed', async (t) => {
  const { path, storage, record, plant, folder } = stage(t)
  plant('key', {})
  writeFileSync(join(path, 'elsewhere'), formatRecord('key', record(), 1))
  symlinkSync(join(path, 'elsewhere'), join(folder('key'), '1'))
  t.is(storage.read('key'), null)
})

test('a writer that was held up and came too late does not claim to have won', async (t) => {
  const { path, plant, folder } = stage(t)
  const staged = { path: join(path, 'staged'), startedAt: performance.now() - LIMITS.trust - 1 }
  writeFileSync(staged.path, 'late')
  plant('key', { 3: 'newer' })
  await t.throwsAsync(publish(staged, folder('key'), 2, LIMITS), { message: /suspended .* unknown/, code: 'ETIMEDOUT' })
})

test('a writer that was held up and is still the newest has won', async (t) => {
  const { path, plant, folder } = stage(t)
  const staged = { path: join(path, 'staged'), startedAt: performance.now() - LIMITS.trust - 1 }
  writeFileSync(staged.path, 'late')
  plant('key', { 1: 'older' })
  t.truthy(await publish(staged, folder('key'), 2, LIMITS))
})

test('a touch that comes just before a session is buried wins', async (t) => {
  const { clock, layout, storage, record, plant } = stage(t)
  await storage.create('key', record())
  clock.advance(HOUR)
  const seen = readFolder(layout.session(nameOf('key')), clock(), nameOf('key'))
  plant('key', { [`t1-${clock() + HOUR}`]: '' })
  t.is(seen.state, 'expired')
  t.false(await destroyExpired({ layout, guard: new FolderGuard(layout.root), clock }, nameOf('key'), seen))
  t.deepEqual(storage.read('key'), record({ createdAt: clock() - HOUR, expiresAt: clock() + HOUR }))
})

test('a session that was updated since it was seen to be dead is not buried', async (t) => {
  const { clock, layout, storage, record } = stage(t)
  await storage.create('key', record())
  const seen = readFolder(layout.session(nameOf('key')), clock() + HOUR, nameOf('key'))
  await storage.update('key', record({ data: 'second' }), 1)
  t.false(await destroyExpired({ layout, guard: new FolderGuard(layout.root), clock }, nameOf('key'), seen))
  t.is(storage.read('key')?.data, 'second')
})

test('sweep removes what killed processes left, and leaves alone what is new, alive or not ours', async (t) => {
  const { path, layout, storage, impatient, clock, record, plant } = stage(t)
  await storage.create('live', record({ subject: 'ada' }))
  const foreign = [join(path, 'sessions/readme'), join(path, 'sessions/00'), join(path, 'sessions/00/other')]
  writeFileSync(foreign[0]!, '')
  mkdirSync(foreign[1]!, { recursive: true })
  writeFileSync(foreign[2]!, '')
  const before = walk(path)
  plant('claimed', {})
  plant('buried', { 1: formatRecord('buried', record(), 1), 2: '' })
  mkdirSync(join(layout.trash, 'destroyed'))
  writeFileSync(join(layout.trash, 'destroyed', '1'), '')
  writeFileSync(join(layout.tmp, 'written'), '')
  mkdirSync(layout.subject(nameOf('bob')), { recursive: true })
  writeFileSync(join(layout.subject(nameOf('bob')), nameOf('dead')), '')
  const littered = walk(path)
  t.is(await storage.sweep(), 0)
  t.deepEqual(walk(path), littered)
  t.is(await impatient.sweep(), 0)
  t.deepEqual(
    walk(path).filter((name) => !/^(sessions|subjects)\/..$/.test(name) || before.includes(name)),
    before,
  )
  clock.advance(HOUR)
  t.is(await impatient.sweep(), 1)
  t.deepEqual(await listed(storage, 'ada'), [])
})

test('two sweeps at once count each session once', async (t) => {
  const { clock, storage, impatient, record } = stage(t)
  for (let index = 0; index < 40; index++) await storage.create(`key ${index}`, record({ subject: 'ada' }))
  clock.advance(HOUR)
  const counts = await Promise.all([storage.sweep(), impatient.sweep(), storage.sweep(10)])
  t.is(
    counts.reduce((sum, count) => sum + count),
    40,
  )
})

test('a live session whose entry was dropped by mistake is listed again', async (t) => {
  const { layout, storage, impatient, record } = stage(t)
  await storage.create('key', record({ subject: 'ada' }))
  rmSync(layout.subject(nameOf('ada')), { recursive: true })
  t.deepEqual(await listed(storage, 'ada'), [])
  await storage.update('key', record({ subject: 'ada' }), 1)
  await impatient.sweep()
  t.deepEqual(await listed(storage, 'ada'), ['key'])
})
