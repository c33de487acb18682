import type { Table } from './table.ts'

/** One statement for each operation. The comments name the values that it takes. */
export interface Statements {
  /** id, key, record */
  readonly create: string
  /** id */
  readonly read: string
  /** id, expected version, record */
  readonly update: string
  /** id, expiry */
  readonly touch: string
  /** id */
  readonly delete: string
  /** id, expected version, record, new id, new key */
  readonly rotate: string
  /** hash of the subject, id after which to continue, limit */
  readonly list: string
  /** limit */
  readonly sweep: string
  /** no values */
  readonly countExpired: string
}

/**
 * The time at which a row is evaluated, in epoch milliseconds. Not that of the statement: a statement that waited for the lock of a
 * row must not renew a session that has expired meanwhile.
 */
const NOW = milliseconds('clock_timestamp()')

/** The time at which the statement started. It is the same for all rows, so that a sweep can use an index. */
const STARTED = milliseconds('statement_timestamp()')

function milliseconds(timestamp: string): string {
  return `floor(extract(epoch FROM ${timestamp}) * 1000)::bigint`
}

/** The sweep index has whole hours: fewer distinct values make it smaller. */
function nextHour(instant: string): string {
  return `(${instant} + 3599999) / 3600000 * 3600000`
}

/** The statements for a table. With `announce`, they notify the listeners of `watch`. */
export function statementsOf({ name, channel }: Table, announce: boolean): Statements {
  const notify = (what: 'changed' | 'gone'): string =>
    announce ? `pg_notify('${channel}', '${what} ' || $1::text)` : '1'

  return {
    // Replaces an expired row, which counts as missing. No other statement does.
    create: `
INSERT INTO ${name} AS old
  (id, key, version, data, identity, subject, owner, created_at, expires_at, sweep_at)
VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8::bigint, ${nextHour('$8::bigint')})
ON CONFLICT (id) DO UPDATE SET
  key = EXCLUDED.key, version = 1, data = EXCLUDED.data, identity = EXCLUDED.identity, subject = EXCLUDED.subject,
  owner = EXCLUDED.owner, created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at, sweep_at = EXCLUDED.sweep_at
WHERE old.expires_at <= ${NOW}
RETURNING 1`,

    read: `
SELECT version, data, identity, subject, created_at, expires_at FROM ${name} WHERE id = $1 AND expires_at > ${NOW}`,

    // If nothing was written, the reason is read with a lock, which shows the current row: the snapshot of the statement does not
    // have concurrent changes.
    update: `
WITH updated AS (
  UPDATE ${name} SET
    version = version + 1, data = $3, identity = $4, subject = $5, owner = $6, created_at = $7, expires_at = $8::bigint,
    sweep_at = LEAST(sweep_at, ${nextHour('$8::bigint')})
  WHERE id = $1 AND version = $2 AND expires_at > ${NOW}
  RETURNING ${notify('changed')}
), standing AS (
  SELECT FROM ${name} WHERE NOT EXISTS (SELECT FROM updated) AND id = $1 AND expires_at > ${NOW} FOR SHARE
)
SELECT 'ok' AS outcome FROM updated UNION ALL SELECT 'conflict' FROM standing`,

    // sweep_at stays, so that no index is touched: a sweep that finds a live session postpones it.
    touch: `
UPDATE ${name} SET expires_at = GREATEST(expires_at, $2::bigint) WHERE id = $1 AND expires_at > ${NOW} RETURNING 1`,

    delete: `
DELETE FROM ${name} WHERE id = $1 AND expires_at > ${NOW} RETURNING ${notify('gone')}`,

    // The row gets another id. An expired row with that id is removed first: the count makes the update wait for it.
    rotate: `
WITH cleared AS (
  DELETE FROM ${name} WHERE id = $9 AND expires_at <= ${NOW} RETURNING 1
), rotated AS (
  UPDATE ${name} SET
    id = $9, key = $10, version = version + 1, data = $3, identity = $4, subject = $5, owner = $6, created_at = $7,
    expires_at = $8::bigint, sweep_at = ${nextHour('$8::bigint')}
  WHERE (SELECT count(*) FROM cleared) >= 0
    AND NOT EXISTS (SELECT FROM ${name} WHERE id = $9 AND expires_at > ${NOW})
    AND id = $1 AND version = $2 AND expires_at > ${NOW}
  RETURNING ${notify('gone')}
), standing AS (
  SELECT version FROM ${name} WHERE NOT EXISTS (SELECT FROM rotated) AND id = $1 AND expires_at > ${NOW} FOR SHARE
)
SELECT 'ok' AS outcome FROM rotated
UNION ALL SELECT CASE version WHEN $2 THEN 'exists' ELSE 'conflict' END FROM standing`,

    list: `
SELECT id, key FROM ${name} WHERE owner = $1 AND id > $2 AND expires_at > ${NOW} ORDER BY id LIMIT $3`,

    // Rows locked by other statements are left to the next sweep.
    sweep: `
WITH due AS MATERIALIZED (
  SELECT id, expires_at FROM ${name} WHERE sweep_at <= ${STARTED} ORDER BY sweep_at LIMIT $1 FOR UPDATE SKIP LOCKED
), removed AS (
  DELETE FROM ${name} AS s USING due WHERE s.id = due.id AND due.expires_at <= ${STARTED} RETURNING 1
), postponed AS (
  UPDATE ${name} AS s SET sweep_at = ${nextHour('due.expires_at')}
  FROM due WHERE s.id = due.id AND due.expires_at > ${STARTED}
)
SELECT (SELECT count(*) FROM due) AS due, (SELECT count(*) FROM removed) AS removed`,

    countExpired: `
SELECT count(*) AS expired FROM ${name} WHERE sweep_at <= ${STARTED} AND expires_at <= ${STARTED}`,
  }
}
