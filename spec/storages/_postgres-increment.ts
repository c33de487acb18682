// Counts up in the session `key`, as often as it is told, each time by compare-and-set; then it says so and ends.
import pg from 'pg'
import { postgresStorage } from '../../lib/storages/postgres.ts'

const [connectionString, table, times] = process.argv.slice(2) as [string, string, string]
const total = Number(times)
const pool = new pg.Pool({ connectionString })
const storage = postgresStorage(pool, { table })

/** One of several that count at once in this process, too. */
async function count(goal: number): Promise<void> {
  for (let done = 0; done < goal;) {
    const record = (await storage.read('key'))!
    const data = String(Number(record.data) + 1)
    if ((await storage.update('key', { ...record, data }, record.version)) === 'ok') done++
  }
}

await Promise.all([count(total / 2), count(total / 2)])
await pool.end()
