import type { Table } from './table.ts'

/**
 * The statements that make the table and its indexes, where they are not there yet.
 *
 * No index is on `expires_at`, and pages are not filled, so that a renewal touches no index (a heap-only update).
 * `id` and `owner` are hashes of `key` and `subject`, since an index holds no long text.
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
 * The same as one statement, which may come over any connection of a pool. Processes that start together do it one after
 * the other: `IF NOT EXISTS` alone fails where two do it at once.
 */
export function migrationOf(table: Table): string {
  return `DO $migration$ BEGIN
PERFORM pg_advisory_xact_lock(hashtext('koa-typed-sessions'));
${schemaOf(table)}END $migration$`
}
