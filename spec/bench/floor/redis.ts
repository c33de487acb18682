import { hash, randomBytes } from 'node:crypto'
import { redisClient } from '../redis-client.ts'
import type { Floor } from './floor.ts'

/** `GET` and `SET` under the hash of the id. */
export async function redisFloor(url: string): Promise<Floor> {
  const client = await redisClient(url)
  const keyOf = (id: string): string => `floor:${hash('sha256', id, 'base64url')}`
  return {
    read: async (token) => (await client.get(keyOf(token))) ?? undefined,
    async write(token, text) {
      const id = token ?? randomBytes(32).toString('base64url')
      await client.set(keyOf(id), text, { expiration: { type: 'PX', value: 60_000_000 } })
      return token === undefined ? id : undefined
    },
    close: async () => client.destroy(),
  }
}
