import { hash, randomBytes } from 'node:crypto'
import { memoryStorage } from 'koa-typed-sessions'
import type { SessionRecord } from 'koa-typed-sessions/contracts'
import { valueOf } from '../value.ts'

/** What a storage costs when it holds so many sessions. Times in nanoseconds, of one operation. */
export interface StorageGrowth {
  readonly sessions: number
  /** Bytes of heap, or of disk, that a session takes. */
  readonly bytes: number
  readonly read: number
  readonly write: number
  /** A sweep over all of them that finds none expired, one that finds a tenth, and how long it keeps others waiting. Milliseconds. */
  readonly sweepOfNone?: number
  /** What it takes to look at the expiry of as many objects in a `Map`. */
  readonly sweepFloor?: number
  readonly sweep: number
  readonly pause: number
}

const HOUR = 3_600_000
const OPERATIONS = 20_000

/** The time by the storages' clock: moved on, so that some sessions have expired. */
let offset = 0
const clock = (): number => Date.now() + offset

export function recordOf(index: number): SessionRecord {
  const now = Date.now()
  const text = JSON.stringify({ ...valueOf(100), count: index })
  // One in ten ends early.
  const expiresAt = now + (index % 10 === 0 ? HOUR : 24 * HOUR)
  return {
    data: `nonce${String(index).padStart(11, '0')}${text}`,
    version: 1,
    createdAt: now,
    expiresAt,
    identity: randomBytes(16).toString('base64url'),
  }
}

/** As keys are: a SHA-256 in base64url. */
export const keyOf = (index: number): string => hash('sha256', `${index}`, 'base64url')

export async function memoryGrowth(counts: readonly number[]): Promise<StorageGrowth[]> {
  const grown: StorageGrowth[] = []
  for (const sessions of counts) grown.push(await grow(sessions))
  return grown
}

async function grow(sessions: number): Promise<StorageGrowth> {
  offset = 0
  // Room for the keys is there before; the keys themselves are counted, as they are the storage's.
  const keys = Array.from<string>({ length: sessions }).fill('')
  const before = heap()
  const storage = memoryStorage({ maxSessions: Infinity, clock })
  for (let index = 0; index < sessions; index++) {
    keys[index] = keyOf(index)
    await storage.create(keys[index] as string, recordOf(index))
  }
  const bytes = (heap() - before) / sessions
  const somewhere = (step: number): string => keys[(step * 7919) % sessions] as string
  const read = time(OPERATIONS, (step) => storage.read(somewhere(step)))
  const write = time(OPERATIONS, (step) => {
    const key = somewhere(step)
    const record = storage.read(key) as SessionRecord
    return storage.update(key, record, record.version)
  })
  const none = await swept(() => storage.sweep?.(Infinity))
  const sweepFloor = lookAtAll(keys)
  offset = 2 * HOUR
  const { sweep, pause } = await swept(() => storage.sweep?.(Infinity))
  const longest = Math.max(none.pause, pause)
  return { sessions, bytes, read, write: write - read, sweepOfNone: none.sweep, sweepFloor, sweep, pause: longest }
}

/** Milliseconds for a walk over a bare map. */
function lookAtAll(keys: readonly string[]): number {
  const rows = new Map(keys.map((key, index) => [key, { text: recordOf(index).data, expiresAt: clock() + HOUR }]))
  const walks = Array.from({ length: 5 }, () => {
    const begin = performance.now()
    const now = clock()
    let expired = 0
    for (const { expiresAt } of rows.values()) if (expiresAt <= now) expired++
    const took = performance.now() - begin
    if (expired > 0) throw new Error('none of them has expired')
    return took
  })
  return walks.toSorted((a, b) => a - b)[2] as number
}

/** A whole sweep, and the longest time for which nothing else could run meanwhile. */
export async function swept(sweep: () => unknown): Promise<{ sweep: number; pause: number }> {
  let pause = 0
  let last = performance.now()
  let running = true
  const look = (): void => {
    const now = performance.now()
    pause = Math.max(pause, now - last)
    last = now
    if (running) setImmediate(look)
  }
  setImmediate(look)
  const begin = performance.now()
  await sweep()
  const end = performance.now()
  pause = Math.max(pause, end - last)
  running = false
  return { sweep: end - begin, pause }
}

function time(operations: number, act: (step: number) => unknown): number {
  for (let step = 0; step < operations; step++) act(step)
  const begin = process.hrtime.bigint()
  for (let step = 0; step < operations; step++) act(step + operations)
  return Number(process.hrtime.bigint() - begin) / operations
}

function heap(): number {
  global.gc?.()
  global.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
