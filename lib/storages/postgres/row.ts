import { sha256 } from '../../base/digest.ts'
import type { SessionRecord } from '../../contracts/record.ts'
import { validRecord } from '../valid-record.ts'
import { fromColumn, toColumn } from './text.ts'

/** A row as `read` gets it. Drivers differ in what they make of a bigint: a text, a number or a BigInt. */
export interface Row {
  readonly version: Bigint
  readonly data: string
  readonly identity: string
  readonly subject: string | null
  readonly created_at: Bigint
  readonly expires_at: Bigint
}

type Bigint = string | number | bigint

/** What a key or a subject is found by: 43 characters, however long it is. */
export function idOf(text: string): string {
  return sha256(toColumn(text))
}

/** What of a record is written, in the order of the statements. */
export function valuesOf({ data, identity, subject, createdAt, expiresAt }: SessionRecord): unknown[] {
  const owner = subject === undefined ? [null, null] : [toColumn(subject), idOf(subject)]
  return [toColumn(data), toColumn(identity), ...owner, createdAt, expiresAt]
}

/** A record of a row; `null` where the table's columns are not those of its schema. */
export function recordOf(row: Row): SessionRecord | null {
  return validRecord({
    data: textOf(row.data),
    version: numberOf(row.version),
    createdAt: numberOf(row.created_at),
    expiresAt: numberOf(row.expires_at),
    identity: textOf(row.identity),
    subject: row.subject === null ? undefined : textOf(row.subject),
  })
}

function textOf(value: unknown): unknown {
  return typeof value === 'string' ? fromColumn(value) : value
}

function numberOf(value: unknown): unknown {
  return typeof value === 'string' || typeof value === 'bigint' ? Number(value) : value
}
