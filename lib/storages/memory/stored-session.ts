import type { SessionRecord } from '../../contracts/record.ts'
import type { Linked } from '../shared/least-recently-used.ts'
import type { TableItem } from './expiry-table.ts'

/** A session in memory: its key and its record. The expiry is in the {@link ExpiryTable}. */
export class StoredSession implements Linked<StoredSession>, TableItem {
  readonly key: string
  data: string
  version: number
  createdAt: number
  identity: string
  subject: string | undefined
  slot = 0
  older: StoredSession | undefined = undefined
  newer: StoredSession | undefined = undefined

  constructor(key: string, record: SessionRecord, version: number) {
    this.key = key
    this.data = flat(record.data)
    this.version = version
    this.createdAt = record.createdAt
    this.identity = record.identity
    this.subject = record.subject
  }

  replace(record: SessionRecord, version: number): void {
    this.data = flat(record.data)
    this.version = version
    this.createdAt = record.createdAt
    this.identity = record.identity
    this.subject = record.subject
  }

  /** A new record, without a `subject` property if the session has no subject. */
  record(expiresAt: number): SessionRecord {
    const { data, version, createdAt, identity, subject } = this
    return subject === undefined
      ? { data, version, createdAt, expiresAt, identity }
      : { data, version, createdAt, expiresAt, identity, subject }
  }
}

/**
 * The same string in one piece. V8 keeps a concatenated string as a tree of its parts, which takes two to three times the memory,
 * until an operation needs it in one piece. A regular expression does.
 */
function flat(text: string): string {
  NEVER_MATCHES.test(text)
  return text
}

const NEVER_MATCHES = /^(?!)/
