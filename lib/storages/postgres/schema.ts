import type { Table } from './table.ts'

/**
 * The statements that create the table and its indexes if they do not exist.
 *
 * There is no index on `expires_at`, and pages are not filled, so that a renewal touches no index (a heap-only update). `id` and
 * `owner` are hashes of `key` and `subject`, since an index cannot hold long texts.
 */
export function schemaOf({ name, ownerIndex, sweepIndex }: Table): string {
  return `CREATE TABLE IF NOT EXISTS ${name} (
  id text COLLATE "C" PRIMARY KEY,
  key text NOT NULL,
  version bigint NOT NULL,
  data text NOT NULL,
  identity text NOT NULL,
  subject text,
  owner text COLLATE "C",
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  sweep_at bigint NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX IF NOT EXISTS ${ownerIndex} ON ${name} (owner, id) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS ${sweepIndex} ON ${name} (sweep_at);
`
}

/**
 * The same as one statement, which can run on any connection of a pool. Processes that start at the same time run it one after
 * another: `IF NOT EXISTS` alone fails if two run it concurrently.
 */
export function migrationOf(table: Table): string {
  return `DO $migration$ BEGIN
PERFORM pg_advisory_xact_lock(hashtext('koa-typed-sessions'));
${schemaOf(table)}END $migration$`
}
