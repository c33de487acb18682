import { Pool } from 'pg'
import { createClient } from 'redis'
import { directoryStorage, type SessionStorage } from 'koa-typed-sessions'
import { postgresStorage } from 'koa-typed-sessions/postgres'
import { redisStorage } from 'koa-typed-sessions/redis'

const DIRECTORY = '.sessions/cluster'

/** The storage that the environment names, and what it is. */
export async function openStorage(
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly storage: SessionStorage; readonly engine: string }> {
  const { REDIS_URL, DATABASE_URL } = environment
  if (REDIS_URL) return { storage: await onRedis(REDIS_URL), engine: 'Redis' }
  if (DATABASE_URL) return { storage: await onPostgres(DATABASE_URL), engine: 'PostgreSQL' }
  return { storage: directoryStorage(DIRECTORY), engine: `the directory ${DIRECTORY}` }
}

async function onRedis(url: string): Promise<SessionStorage> {
  // While Redis is down a command fails at once, instead of being kept for when it is there again.
  const client = createClient({ url, disableOfflineQueue: true }).on('error', report)
  return redisStorage(await client.connect())
}

async function onPostgres(connectionString: string): Promise<SessionStorage> {
  const pool = new Pool({ connectionString }).on('error', report)
  const storage = postgresStorage(pool)
  await storage.migrate()
  return storage
}

/** Both connect again by themselves. */
function report(error: Error): void {
  console.error(`process ${process.pid}: ${error.message || String(error)}`)
}
