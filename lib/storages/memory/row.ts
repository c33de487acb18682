import type { SessionRecord } from '../../contracts/record.ts'
import type { Recent } from '../recency.ts'

/** A session as the memory storage keeps it: its record, its key and its place in the order of use. */
export class Row implements Recent<Row> {
  readonly key: string
  data: string
  version: number
  createdAt: number
  expiresAt: number
  identity: string
  subject: string | undefined
  older: Row | undefined = undefined
  newer: Row | undefined = undefined

  constructor(key: string, record: SessionRecord, version: number) {
    this.key = key
    this.data = flat(record.data)
    this.version = version
    this.createdAt = record.createdAt
    this.expiresAt = record.expiresAt
    this.identity = record.identity
    this.subject = record.subject
  }

  replace(record: SessionRecord, version: number): void {
    this.data = flat(record.data)
    this.version = version
    this.createdAt = record.createdAt
    this.expiresAt = record.expiresAt
    this.identity = record.identity
    this.subject = record.subject
  }

  /** A copy, without a `subject` where there is none. */
  record(): SessionRecord {
    const { data, version, createdAt, expiresAt, identity, subject } = this
    return subject === undefined
      ? { data, version, createdAt, expiresAt, identity }
      : { data, version, createdAt, expiresAt, identity, subject }
  }
}

/**
 * The same text in one piece. V8 keeps a text that was put together as a tree of its parts, which takes two to three
 * times the memory, until something needs it in one piece: matching does.
 */
function flat(text: string): string {
  NOTHING.test(text)
  return text
}

const NOTHING = /^(?!)/
