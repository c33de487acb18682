import { PGlite } from '@electric-sql/pglite'
import test from 'ava'
import { postgresStorage, type PostgresStorage } from '../../lib/storages/postgres.ts'

let tables = 0

/** A PostgreSQL in this process, which all tests of a file share. */
export const lite: PGlite = new PGlite()

test.after.always(async () => {
  await lite.close()
})

/** A storage in it, on a table of its own. */
export async function liteStage(): Promise<{ table: string; storage: PostgresStorage }> {
  const table = `t${++tables}`
  const storage = postgresStorage(lite, { table })
  await storage.migrate()
  return { table, storage }
}
