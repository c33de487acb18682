import { randomInt } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { SessionRecord } from '../../lib/contracts/record.ts'
import { systemClock } from '../../lib/base/clock.ts'
import { directoryStorage } from '../../lib/storages/directory.ts'
import { Layout, nameOf } from '../../lib/storages/directory/layout.ts'
import { LIMITS } from '../../lib/storages/directory/limits.ts'
import { parseRecord } from '../../lib/storages/directory/record-file.ts'
import { DirectorySessionStorage } from '../../lib/storages/directory/storage.ts'
import { manualClock } from '../../lib/testing/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { bundled, WorkerProcess } from '../support/worker-process.ts'
import { isWhole, SUBJECTS } from './_storm-data.ts'

// One at a time, since each fills the machine with its processes.
const PROCESSES = 4
const RACES = 1000
const KILLS = 200
const HOUR = 3_600_000

function scriptOf(name: string): URL {
  return new URL(`${name}.ts`, import.meta.url)
}

function workers(t: ExecutionContext, count: number, script: string | URL, path: string): WorkerProcess[] {
  return Array.from({ length: count }, () => new WorkerProcess(t, script, [path]))
}

function record(changes?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now()
  return { data: '0', version: 1, createdAt: now, expiresAt: now + HOUR, identity: 'identity', ...changes }
}

test.serial('four processes that count up in one session at once lose nothing', async (t) => {
  const path = temporaryFolder(t)
  const storage = directoryStorage(path)
  await storage.create('key', record())
  await Promise.all(workers(t, PROCESSES, scriptOf('_increment'), path).map((worker) => worker.work(500)))
  const found = await storage.read('key')
  t.is(found?.data, '2000')
  t.is(found?.version, 2001)
})

test.serial('no session survives its destruction, however many processes are writing it', async (t) => {
  const path = temporaryFolder(t)
  const storage = directoryStorage(path)
  const writers = workers(t, PROCESSES - 1, scriptOf('_write-until-gone'), path)
  for (let round = 0; round < RACES; round++) {
    const key = `key ${round}`
    await storage.create(key, record())
    const underWay = writers.map((writer) => writer.underWay())
    const answers = Promise.all(writers.map((writer) => writer.work(key)))
    await Promise.all(underWay)
    t.true(await storage.delete(key))
    t.is(await storage.read(key), null)
    await answers
    t.is(await storage.read(key), null)
    t.false(existsSync(new Layout(path).session(nameOf(key))))
  }
})

test.serial('no process writes a session under the key that it was rotated from', async (t) => {
  const path = temporaryFolder(t)
  const storage = directoryStorage(path)
  const writers = workers(t, PROCESSES - 1, scriptOf('_write-until-gone'), path)
  for (let round = 0; round < RACES; round++) {
    const [from, to] = [`from ${round}`, `to ${round}`]
    await storage.create(from, record())
    const underWay = writers.map((writer) => writer.underWay())
    const answers = Promise.all(writers.map((writer) => writer.work(from)))
    await Promise.all(underWay)
    let version: number
    do {
      version = (await storage.read(from))!.version
    } while ((await storage.rotate(from, to, record({ data: 'rotated' }), version)) !== 'ok')
    t.is(await storage.read(from), null)
    const written = (await answers) as number[]
    t.is(await storage.read(from), null)
    t.false(existsSync(new Layout(path).session(nameOf(from))))
    const found = await storage.read(to)
    t.is(found?.data, 'rotated')
    t.is(found?.version, version + 1)
    t.true(Math.max(...written) <= version, 'what a writer was told is written was read before the rotation')
  }
})

test.serial('whenever a process is killed, each session is as before or after, under one key at most', async (t) => {
  const path = temporaryFolder(t)
  const storming = await bundled(t, scriptOf('_storm'))
  let found = 0
  for (let round = 0; round < KILLS / PROCESSES; round++) {
    const storm = workers(t, PROCESSES, storming, path)
    await Promise.all(storm.map((worker) => worker.underWay()))
    await Promise.all(
      storm.map(async (worker) => {
        // Anywhere in the middle of something: the number of turns is what differs.
        for (let turns = randomInt(200); turns > 0; turns--) await new Promise(setImmediate)
        await worker.kill()
      }),
    )
    const live = liveSessions(path)
    for (const { data } of live.values()) t.true(isWhole(data))
    const identities = [...live.values()].map(({ identity }) => identity)
    t.is(new Set(identities).size, identities.length, 'no session lives under two keys')
    t.deepEqual(await listedKeys(path), [...live.keys()].sort(), 'each live session is listed')
    found += live.size
  }
  t.true(found > 0)
  await onlyLiveOnesAreLeft(t, path)
})

/** All sessions that a storage finds alive, by their keys, which are taken from whatever lies in the folders. */
function liveSessions(path: string): Map<string, SessionRecord> {
  const storage = new DirectorySessionStorage(new Layout(path), systemClock, 'none')
  const live = new Map<string, SessionRecord>()
  for (const name of readdirSync(join(path, 'sessions'), { recursive: true }).map(String)) {
    if (!/\/\d+$/.test(name)) continue
    const key = parseRecord(readFileSync(join(path, 'sessions', name), 'utf8'))?.key
    const found = key === undefined ? null : storage.read(key)
    if (key !== undefined && found !== null) live.set(key, found)
  }
  return live
}

async function listedKeys(path: string): Promise<string[]> {
  const storage = directoryStorage(path)
  const keys: string[] = []
  for (const subject of SUBJECTS) {
    // What was being rotated is listed as well, so that it can be revoked.
    for await (const { key } of storage.list!(subject)) if ((await storage.read(key)) !== null) keys.push(key)
  }
  return keys.sort()
}

async function onlyLiveOnesAreLeft(t: ExecutionContext, path: string): Promise<void> {
  const layout = new Layout(path)
  const clock = manualClock(systemClock())
  const impatient = new DirectorySessionStorage(layout, clock, 'none', { ...LIMITS, unfinished: 0, litter: 0 })
  const live = liveSessions(path)
  t.is(await impatient.sweep(), 0)
  t.deepEqual(liveSessions(path), live)
  const folders = readdirSync(layout.sessions).flatMap((digits) => readdirSync(join(layout.sessions, digits)))
  t.is(folders.length, live.size)
  t.deepEqual([readdirSync(layout.tmp), readdirSync(layout.trash)], [[], []])
  clock.advance(2 * HOUR)
  t.is(await impatient.sweep(), live.size)
  const left = readdirSync(path, { recursive: true }).map(String)
  t.true(left.every((name) => /^(sessions|subjects|tmp|trash)(\/..)?$/.test(name)))
}
