import { sha256 } from '../../base/digest.ts'
import type { SessionRecord } from '../../contracts/record.ts'
import { validRecord } from '../shared/valid-record.ts'
import { fromColumn, toColumn } from './column-text.ts'

/** A row that `read` selects. Drivers differ in how they return a bigint: as a string, a number or a BigInt. */
export interface TableRow {
  readonly version: Bigint
  readonly data: string
  readonly identity: string
  readonly subject: string | null
  readonly created_at: Bigint
  readonly expires_at: Bigint
}

type Bigint = string | number | bigint

/** The hash that a key or a subject is indexed by: 43 characters, however long the text is. */
export function idOf(text: string): string {
  return sha256(toColumn(text))
}

/** The values of a record, in the order of the statements. */
export function valuesOf({ data, identity, subject, createdAt, expiresAt }: SessionRecord): unknown[] {
  const owner = subject === undefined ? [null, null] : [toColumn(subject), idOf(subject)]
  return [toColumn(data), toColumn(identity), ...owner, createdAt, expiresAt]
}

/** The record of a row, or `null` if the columns of the table are not those of its schema. */
export function recordOf(row: TableRow): SessionRecord | null {
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
