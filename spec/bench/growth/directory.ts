import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { directoryStorage } from 'koa-typed-sessions'
import type { SessionRecord } from 'koa-typed-sessions/contracts'
import { keyOf, recordOf, type StorageGrowth, swept } from './memory.ts'

const HOUR = 3_600_000
const OPERATIONS = 500
const AT_ONCE = 16

export async function directoryGrowth(counts: readonly number[], parent: string): Promise<StorageGrowth[]> {
  const grown: StorageGrowth[] = []
  for (const sessions of counts) grown.push(await grow(sessions, parent))
  return grown
}

async function grow(sessions: number, parent: string): Promise<StorageGrowth> {
  const folder = mkdtempSync(join(parent, 'growth-'))
  let offset = 0
  const storage = directoryStorage(folder, { clock: () => Date.now() + offset })
  for (let index = 0; index < sessions; index += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, sessions - index) }, (_, next) => index + next)
    await Promise.all(some.map((one) => storage.create(keyOf(one), recordOf(one))))
  }
  const bytes = sizeOf(folder) / sessions
  const somewhere = (step: number): string => keyOf((step * 7919) % sessions)
  const read = await time(async (step) => storage.read(somewhere(step)))
  const write = await time(async (step) => {
    const key = somewhere(step)
    const record = (await storage.read(key)) as SessionRecord
    await storage.update(key, record, record.version)
  })
  offset = 2 * HOUR
  const swiped = await swept(() => storage.sweep?.(Infinity))
  await storage.close?.()
  rmSync(folder, { recursive: true })
  return { sessions, bytes, read, write: write - read, ...swiped }
}

async function time(act: (step: number) => Promise<unknown>): Promise<number> {
  const begin = process.hrtime.bigint()
  for (let step = 0; step < OPERATIONS; step++) await act(step)
  return Number(process.hrtime.bigint() - begin) / OPERATIONS
}

/** What the files and folders take on the disk. */
function sizeOf(folder: string): number {
  let size = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    size += statSync(path).blocks * 512
    if (entry.isDirectory()) size += sizeOf(path)
  }
  return size
}
