import type { Table } from './table.ts'

/** One statement for each verb. What stands behind each is the values that it takes. */
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
  /** hash of the subject, id to go on after, how many */
  readonly list: string
  /** how many */
  readonly sweep: string
  /** nothing */
  readonly countExpired: string
}

/**
 * The time, in epoch milliseconds, at which a row is looked at. Not that of the statement: one that waited for another
 * to let go of the row must not renew what has expired meanwhile.
 */
const NOW = milliseconds('clock_timestamp()')

/** A sweep goes by the time it began, which is the same for all rows, and so can be looked up in an index. */
const BEGINNING = milliseconds('statement_timestamp()')

function milliseconds(timestamp: string): string {
  return `floor(extract(epoch FROM ${timestamp}) * 1000)::bigint`
}

/** Sweeping goes by whole hours: the fewer values an index has, the smaller it is. */
function nextHour(instant: string): string {
  return `(${instant} + 3599999) / 3600000 * 3600000`
}

/** The statements for a table; `announce` says whether they tell those who watch. */
export function statementsOf({ name, channel }: Table, announce: boolean): Statements {
  const told = (what: 'changed' | 'gone'): string =>
    announce ? `pg_notify('${channel}', '${what} ' || $1::text)` : '1'

  return {
    // The one place where a row is replaced: it has expired, and nobody can tell it from none.
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

    // Why nothing was written is asked of the row as it is by then, which only a lock shows: of those at work on it at
    // once, the snapshot that the statement began with knows nothing.
    update: `
WITH updated AS (
  UPDATE ${name} SET
    version = version + 1, data = $3, identity = $4, subject = $5, owner = $6, created_at = $7, expires_at = $8::bigint,
    sweep_at = LEAST(sweep_at, ${nextHour('$8::bigint')})
  WHERE id = $1 AND version = $2 AND expires_at > ${NOW}
  RETURNING ${told('changed')}
), standing AS (
  SELECT FROM ${name} WHERE NOT EXISTS (SELECT FROM updated) AND id = $1 AND expires_at > ${NOW} FOR SHARE
)
SELECT 'ok' AS outcome FROM updated UNION ALL SELECT 'conflict' FROM standing`,

    // sweep_at stays, so that no index is touched: a sweep that finds the session alive postpones it.
    touch: `
UPDATE ${name} SET expires_at = GREATEST(expires_at, $2::bigint) WHERE id = $1 AND expires_at > ${NOW} RETURNING 1`,

    delete: `
DELETE FROM ${name} WHERE id = $1 AND expires_at > ${NOW} RETURNING ${told('gone')}`,

    // One row gets another id. What has expired under that id is removed first: the count makes the update wait for it.
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
  RETURNING ${told('gone')}
), standing AS (
  SELECT version FROM ${name} WHERE NOT EXISTS (SELECT FROM rotated) AND id = $1 AND expires_at > ${NOW} FOR SHARE
)
SELECT 'ok' AS outcome FROM rotated
UNION ALL SELECT CASE version WHEN $2 THEN 'exists' ELSE 'conflict' END FROM standing`,

    list: `
SELECT id, key FROM ${name} WHERE owner = $1 AND id > $2 AND expires_at > ${NOW} ORDER BY id LIMIT $3`,

    // Rows that somebody else is at work on are left to the next sweep.
    sweep: `
WITH due AS MATERIALIZED (
  SELECT id, expires_at FROM ${name} WHERE sweep_at <= ${BEGINNING} ORDER BY sweep_at LIMIT $1 FOR UPDATE SKIP LOCKED
), removed AS (
  DELETE FROM ${name} AS s USING due WHERE s.id = due.id AND due.expires_at <= ${BEGINNING} RETURNING 1
), postponed AS (
  UPDATE ${name} AS s SET sweep_at = ${nextHour('due.expires_at')}
  FROM due WHERE s.id = due.id AND due.expires_at > ${BEGINNING}
)
SELECT (SELECT count(*) FROM due) AS due, (SELECT count(*) FROM removed) AS removed`,

    countExpired: `
SELECT count(*) AS expired FROM ${name} WHERE sweep_at <= ${BEGINNING} AND expires_at <= ${BEGINNING}`,
  }
}
