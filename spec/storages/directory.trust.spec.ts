import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { directoryStorage } from '../../lib/storages/directory.ts'
import { FolderGuard } from '../../lib/storages/directory/folder-guard.ts'
import { Layout, nameOf } from '../../lib/storages/directory/layout.ts'
import { formatRecord } from '../../lib/storages/directory/record-file.ts'
import { DirectorySessionStorage } from '../../lib/storages/directory/storage.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { HOUR, listed, stage } from './_directory-stage.ts'

const isRoot = process.geteuid?.() === 0
/** Needs another user: only root can make one's files. */
const asRoot = isRoot ? test : test.skip
const SOMEBODY = 65_533
const STRANGER = 65_534

/** Opens directories as a user in a process of its own. */
async function openedAs(user: number, paths: readonly string[]): Promise<string[]> {
  const script = new URL('_open-directories.ts', import.meta.url).pathname
  const command = [...process.execArgv, script, String(user), 'key', ...paths]
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    env: { ...process.env, TSX_DISABLE_CACHE: '1' },
  })
  return JSON.parse(stdout) as string[]
}

/** A directory with a session under 'key', all of it a user's. */
async function directoryOf(path: string, user: number): Promise<Layout> {
  const layout = new Layout(path)
  const record = { data: 'data', version: 1, createdAt: 0, expiresAt: 8.64e15, identity: 'i', subject: 'ada' }
  await directoryStorage(path).create('key', record)
  execFileSync('chown', ['-R', `${user}:${user}`, path])
  return layout
}

const fifo = (path: string): unknown => execFileSync('mkfifo', [path])

/** What can be wrong from the start, and what is said of it; `undefined` where nothing is wrong. */
const WRONG: Readonly<
  Record<string, readonly [meddle: (layout: Layout, user: number) => void, said: RegExp | undefined]>
> = {
  'nothing is wrong': [() => {}, undefined],
  'the root belongs to another user': [
    ({ root }) => chownSync(root, STRANGER, STRANGER),
    /root' belongs to user 65534, .* chown -R \d+ '/,
  ],
  'sessions/ belongs to another user': [
    ({ sessions }) => chownSync(sessions, STRANGER, 0),
    /sessions' belongs to user 65534/,
  ],
  'subjects/ belongs to another user': [
    ({ subjects }) => chownSync(subjects, STRANGER, 0),
    /subjects' belongs to user 65534/,
  ],
  'tmp/ belongs to another user': [({ tmp }) => chownSync(tmp, STRANGER, 0), /tmp' belongs to user 65534/],
  'trash/ belongs to another user': [({ trash }) => chownSync(trash, STRANGER, 0), /trash' belongs to user 65534/],
  'a folder in sessions/ belongs to another user': [
    (layout) => chownSync(dirname(layout.session(nameOf('key'))), STRANGER, 0),
    /sessions\/[\da-f]{2}' belongs to user 65534/,
  ],
  'a folder in subjects/ belongs to another user': [
    (layout) => chownSync(dirname(layout.subject(nameOf('ada'))), STRANGER, 0),
    /subjects\/[\da-f]{2}' belongs to user 65534/,
  ],
  'all may write the root': [
    ({ root }) => chmodSync(root, 0o777),
    /root' may be written by others \(mode 0777\).* chmod go-w '/,
  ],
  'its group may write the root': [
    ({ root }) => chmodSync(root, 0o770),
    /root' may be written by others \(mode 0770\)/,
  ],
  'others may write the root': [({ root }) => chmodSync(root, 0o702), /root' may be written by others \(mode 0702\)/],
  'the root is as /tmp is': [({ root }) => chmodSync(root, 0o1777), /root' may be written by others \(mode 01777\)/],
  'all may read the root': [({ root }) => chmodSync(root, 0o755), undefined],
  'all may write a folder in sessions/': [
    (layout) => chmodSync(dirname(layout.session(nameOf('key'))), 0o777),
    /sessions\/[\da-f]{2}' may be written by others/,
  ],
  'all may write the folder above': [
    ({ root }) => chmodSync(dirname(root), 0o777),
    /who could replace '.*root'\. Run: chmod go-w/,
  ],
  'another group may write the folder above': [
    ({ root }) => {
      chownSync(dirname(root), 0, STRANGER)
      chmodSync(dirname(root), 0o775)
    },
    /who could replace/,
  ],
  'the owner’s own group may write the folder above': [
    ({ root }, user) => {
      chownSync(dirname(root), user, user)
      chmodSync(dirname(root), 0o775)
    },
    undefined,
  ],
  'the folder above is as /tmp is': [({ root }) => chmodSync(dirname(root), 0o1777), undefined],
  'a link stands for sessions/': [({ sessions }) => moved(sessions), /sessions' is a link.* rm '/],
  'a link stands for subjects/': [({ subjects }) => moved(subjects), /subjects' is a link/],
  'a link stands for tmp/': [({ tmp }) => moved(tmp), /tmp' is a link/],
  'a link stands for trash/': [({ trash }) => moved(trash), /trash' is a link/],
  'a link stands in sessions/': [
    (layout) => moved(dirname(layout.session(nameOf('key')))),
    /sessions\/[\da-f]{2}' is a link/,
  ],
  'a link stands in subjects/': [
    (layout) => moved(dirname(layout.subject(nameOf('ada')))),
    /subjects\/[\da-f]{2}' is a link/,
  ],
  'a pipe stands in sessions/': [
    (layout) => {
      const folder = dirname(layout.session(nameOf('key')))
      rmSync(folder, { recursive: true })
      fifo(folder)
    },
    /sessions\/[\da-f]{2}' is not a folder/,
  ],
  'the root is a link that another user has made': [
    ({ root }) => {
      moved(root)
      lchownSync(root, STRANGER, STRANGER)
    },
    /root' is a link that belongs to user 65534/,
  ],
  'the root is a link that root has made': [({ root }) => moved(root), undefined],
}

/** Puts a link in the place of a folder, to the same folder elsewhere. */
function moved(folder: string): void {
  renameSync(folder, `${folder}-moved`)
  symlinkSync(`${folder}-moved`, folder)
}

for (const [who, user] of [
  ['root', 0],
  ['a user', SOMEBODY],
] as const) {
  asRoot(
    `${who} opens no directory that somebody else could have written, and is told the folder and what to do`,
    async (t) => {
      const base = temporaryFolder(t)
      chmodSync(base, 0o755)
      const paths: string[] = []
      for (const [number, [meddle]] of Object.values(WRONG).entries()) {
        const above = join(base, String(number))
        mkdirSync(above, { mode: 0o755 })
        chmodSync(above, 0o755)
        const layout = await directoryOf(join(above, 'root'), user)
        meddle(layout, user)
        paths.push(layout.root)
      }
      const answers = await openedAs(user, paths)
      for (const [number, [what, [, said]]] of Object.entries(WRONG).entries()) {
        const answer = answers[number] ?? ''
        if (said === undefined) t.is(answer, 'opened data', what)
        else t.regex(answer, said, what)
        if (said !== undefined)
          t.regex(answer, /^directoryStorage's directory is not private: '.*give directoryStorage another path$/)
      }
    },
  )
}

asRoot('a user who may not read one session reads the others, and this one as none', async (t) => {
  const base = temporaryFolder(t)
  chmodSync(base, 0o755)
  const [locked, stranger] = [join(base, 'locked'), join(base, 'stranger')]
  for (const path of [locked, stranger]) await directoryOf(path, SOMEBODY)
  const folder = (path: string): string => new Layout(path).session(nameOf('key'))
  chmodSync(join(folder(locked), '1'), 0)
  chownSync(folder(stranger), STRANGER, STRANGER)
  t.deepEqual(await openedAs(SOMEBODY, [locked, stranger]), ['opened null', 'opened null'])
})

asRoot('a directory that another user puts in the place of the root while the app runs is not read', async (t) => {
  const base = temporaryFolder(t)
  const [path, forged] = [join(base, 'root'), join(base, 'forged')]
  for (const [root, user] of [
    [path, 0],
    [forged, STRANGER],
  ] as const)
    await directoryOf(root, user)
  const storage = directoryStorage(path)
  renameSync(path, `${path}-away`)
  renameSync(forged, path)
  const refused = { message: /no longer private: '.*root' belongs to user 65534/, code: 'EACCES' }
  const record = { data: 'b', version: 1, createdAt: 0, expiresAt: 8.64e15, identity: 'i' }
  await t.throwsAsync(async () => storage.read('key'), refused)
  await t.throwsAsync(async () => storage.create('new', record), refused)
  await t.throwsAsync(async () => storage.update('key', record, 1), refused)
  await t.throwsAsync(async () => storage.delete('key'), refused)
  await t.throwsAsync(async () => storage.sweep?.(), refused)
  // All but the session's folder.
  execFileSync('find', [path, '-maxdepth', '2', '-exec', 'chown', '0', '{}', '+'])
  t.is(await directoryStorage(path, {}).read('key'), null, 'nor is a session in it')
})

/** A folder elsewhere, in which nothing must happen. */
function elsewhere(t: ExecutionContext): { path: string; isUntouched: () => void } {
  const path = temporaryFolder(t)
  mkdirSync(join(path, 'a'.repeat(64)))
  for (const name of ['important', '1', 'b'.repeat(64)]) writeFileSync(join(path, name), name)
  const before = readdirSync(path)
  return { path, isUntouched: () => t.deepEqual(readdirSync(path), before) }
}

/** Whatever can be planted at a path. */
const PLANTED: Readonly<Record<string, (path: string, away: string) => void>> = {
  'a link': (path, away) => symlinkSync(away, path),
  'a link to nowhere': (path) => symlinkSync('/nowhere/at/all', path),
  'a link to itself': (path) => symlinkSync(path, path),
  'a pipe': (path) => void fifo(path),
  'a file': (path) => writeFileSync(path, 'x'),
  'a folder of folders': (path, away) => {
    mkdirSync(join(path, '1', 'deeper'), { recursive: true, mode: 0o700 })
    chmodSync(path, 0o700)
    symlinkSync(away, join(path, '2'))
    symlinkSync(away, join(path, '1', 'link'))
    fifo(join(path, '3'))
  },
}

for (const [what, plant] of Object.entries(PLANTED)) {
  test(`${what} that was planted wherever something else belongs is not followed, does not hang, and stops no housekeeping`, async (t) => {
    const { layout, storage, impatient, record, clock } = stage(t)
    const away = elsewhere(t)
    for (const key of ['other', 'expired 1', 'expired 2', 'expired 3']) {
      t.true(await storage.create(key, record({ subject: key, expiresAt: clock() + (key === 'other' ? 9 : 1) * HOUR })))
    }
    clock.advance(2 * HOUR)
    const planted = [
      join(layout.tmp, 'planted'),
      join(layout.trash, 'planted'),
      layout.session(nameOf('key')),
      layout.session(nameOf('second key')),
      layout.subject(nameOf('ada')),
      layout.subject(nameOf('bob')),
    ]
    for (const path of planted) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      plant(path, away.path)
    }
    t.is(storage.read('key'), null)
    t.is(storage.touch('key', 8.64e15), false)
    t.is(storage.update('key', record(), 1), 'gone')
    t.is(storage.rotate('key', 'new', record(), 1), 'gone')
    t.is(storage.delete('key'), false)
    t.is(await storage.rotate('other', 'key', record({ subject: 'other' }), 1), 'exists')
    t.false(await storage.create('key', record()))
    t.deepEqual(await listed(storage, 'ada'), [])
    t.is(storage.read('other')?.subject, 'other')
    t.is(await impatient.sweep(), 3)
    t.is(await impatient.sweep(), 0)
    t.is(await impatient.countExpired(), 0)
    for (const path of [layout.tmp, layout.trash]) t.deepEqual(readdirSync(path), [])
    t.deepEqual(await listed(storage, 'other'), ['other'])
    away.isUntouched()
  })

  test(`${what} that was planted beside a session's files is not followed, does not hang, and hides nothing`, async (t) => {
    const { storage, impatient, record, folder, clock } = stage(t)
    const away = elsewhere(t)
    await storage.create('key', record({ expiresAt: clock() + 9 * HOUR }))
    // A file with the next number would count as the next version.
    for (const name of [
      what === 'a file' ? '09' : '9',
      '1e3',
      '0x10',
      '-5',
      ' 7',
      't1-x',
      't1-1e999',
      `t1-${clock() + HOUR}x`,
      'planted',
    ]) {
      plant(join(folder('key'), name), away.path)
    }
    t.deepEqual(storage.read('key'), record({ expiresAt: clock() + 9 * HOUR }))
    t.is(await storage.update('key', record({ data: 'second', expiresAt: clock() + 9 * HOUR }), 1), 'ok')
    t.is(await impatient.sweep(), 0)
    t.is(storage.read('key')?.data, 'second')
    t.true(await storage.delete('key'))
    t.is(storage.read('key'), null)
    await impatient.sweep()
    away.isUntouched()
  })
}

test('a link to a session elsewhere is no session', async (t) => {
  const { layout, storage, record, folder } = stage(t)
  await storage.create('key', record({ subject: 'ada' }))
  moved(folder('key'))
  t.is(storage.read('key'), null)
  t.is(storage.update('key', record(), 1), 'gone')
  t.deepEqual(await listed(storage, 'ada'), [])
  rmSync(folder('key'))
  mkdirSync(folder('key'), { mode: 0o700 })
  symlinkSync(`${folder('key')}-moved/1`, join(folder('key'), '1'))
  t.is(storage.read('key'), null)
  t.true(existsSync(layout.tmp))
})

for (const top of ['sessions', 'subjects', 'tmp', 'trash'] as const) {
  test(`a link that stands for ${top}/ while the app runs is neither read nor written through`, async (t) => {
    const { path, record, storage: before } = stage(t)
    await before.create('key', record({ subject: 'ada' }))
    await before.create('gone', record())
    await before.delete('gone')
    const away = join(temporaryFolder(t), top)
    cpSync(join(path, top), away, { recursive: true })
    rmSync(join(path, top), { recursive: true })
    symlinkSync(away, join(path, top))
    const all = (): string[] => readdirSync(away, { recursive: true }).map(String)
    const [known, { storage }] = [all(), fresh(path)]
    const acts: readonly (() => unknown)[] = [
      () => storage.read('key'),
      () => storage.create('new', record({ subject: 'ada' })),
      () => storage.update('key', record({ data: 'second', subject: 'bob' }), 1),
      () => storage.rotate('key', 'moved', record({ subject: 'ada' }), 1),
      () => listed(storage, 'ada'),
      () => storage.delete('key'),
      () => storage.sweep(),
    ]
    let refused = 0
    for (const act of acts) {
      try {
        await act()
      } catch (error) {
        refused++
        t.like(error, { code: 'ELOOP' })
        t.regex((error as Error).message, /no longer private: '.*' is a link/)
      }
      t.deepEqual(all(), known, String(act))
    }
    t.true(refused > 0)
  })
}

/** A storage that has not looked at its folders yet. */
function fresh(path: string) {
  const layout = new Layout(path)
  return { storage: new DirectorySessionStorage(layout, () => Date.now(), 'none') }
}

test('a folder is looked at again after a second, also when it was found to be private', (t) => {
  const { path, layout } = stage(t)
  let now = 0
  const guard = new FolderGuard(path, () => now)
  t.is(guard.stateOf(layout.tmp), 'ours')
  t.is(guard.stateOf(join(layout.tmp, 'none')), 'absent')
  moved(layout.tmp)
  now = 999
  t.is(guard.stateOf(layout.tmp), 'ours', 'nobody else could have done that within this second')
  now = 1000
  t.is(guard.stateOf(layout.tmp), 'foreign')
  t.throws(() => guard.require(layout.tmp), { code: 'ELOOP' })
  t.throws(() => guard.stateOf(join(layout.tmp, 'none')), { code: 'ELOOP' })
})

asRoot('a device in the place of a session or of one of its files is not opened', async (t) => {
  const { storage, record, folder, layout } = stage(t)
  await storage.create('key', record())
  mkdirSync(dirname(layout.session(nameOf('device'))), { recursive: true, mode: 0o700 })
  try {
    // Reading /dev/zero never ends.
    execFileSync('mknod', [join(folder('key'), '2'), 'c', '1', '5'], { stdio: 'ignore' })
    execFileSync('mknod', [layout.session(nameOf('device')), 'c', '1', '5'], { stdio: 'ignore' })
  } catch {
    return t.log('skipped: devices cannot be made here')
  }
  t.true(lstatSync(join(folder('key'), '2')).isCharacterDevice())
  t.deepEqual(storage.read('key'), record())
  t.is(storage.read('device'), null)
})

test('what another process writes into a record file is a session or none, never an error', async (t) => {
  const { storage, plant, record, clock } = stage(t)
  const good = formatRecord('key', record(), 1)
  const [head = '', body = ''] = good.split('\n')
  const fields = JSON.parse(head) as Record<string, unknown>
  const hostile: unknown[] = [null, true, -1, 1e300, '1', [], {}, 'x'.repeat(1000)]
  for (const [number, name] of Object.keys(fields).entries()) {
    for (const [kind, value] of hostile.entries()) {
      const key = `${number} ${kind}`
      plant(key, { 1: `${JSON.stringify({ ...fields, key, [name]: value })}\n${body}` })
      const found = storage.read(key)
      if (found !== null)
        t.true(
          Object.values(found).every((each) => each === undefined || typeof each === 'string' || Number.isFinite(each)),
          `${name}: ${JSON.stringify(value)}`,
        )
      if (name !== 'identity' && name !== 'createdAt') t.is(found, null, `${name}: ${JSON.stringify(value)}`)
    }
  }
  for (const [number, text] of [
    '',
    '\n',
    '{}',
    '[]\n',
    'null\n',
    '{"key":',
    '1'.repeat(1e7),
    `${'['.repeat(1e6)}\n`,
    good.slice(0, -1),
    head.replace(/"version":1/, '"version":1e999'),
  ].entries()) {
    plant(`text ${number}`, { 1: text })
    t.is(storage.read(`text ${number}`), null)
    t.is(storage.touch(`text ${number}`, clock() + HOUR), false)
  }
})
