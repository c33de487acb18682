// What the specs of the Redis storage share.
import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import type { SessionRecord } from '../../lib/contracts/record.ts'
import type { SessionStorage } from '../../lib/contracts/storage.ts'
import { type RedisClient, redisStorage } from '../../lib/storages/redis.ts'

export const HOUR = 3_600_000
export const DAY: number = 24 * HOUR

/** A record that lives for an hour by the clock of this machine, with the given fields changed. */
export function record(changes?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now()
  return { data: 'first', version: 1, createdAt: now, expiresAt: now + HOUR, identity: 'identity', ...changes }
}

/** The keys of a subject's sessions, in their order. */
export async function keysOf(storage: SessionStorage, subject: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of storage.list!(subject)) keys.push(key)
  return keys.sort()
}

/** A storage with a prefix of its own, and what its things are called on the engine. */
export function storageOn(t: ExecutionContext, client: RedisClient) {
  const prefix = `${randomUUID()}:`
  const storage = redisStorage(client, { prefix })
  t.teardown(() => storage.close?.())
  return { storage, prefix, nameOf: (key: string): string => `${prefix}id:${key}`, index: `${prefix}subject:ada` }
}
