import { sha256 } from '../../base/digest.ts'
import type { SessionRecord } from '../../contracts/record.ts'
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

export function recordOf(row: Row): SessionRecord {
  const record: SessionRecord = {
    data: fromColumn(row.data),
    version: Number(row.version),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    identity: fromColumn(row.identity),
  }
  if (row.subject !== null) record.subject = fromColumn(row.subject)
  return record
}
