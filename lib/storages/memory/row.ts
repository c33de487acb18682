import type { SessionRecord } from '../../contracts/record.ts'
import type { Recent } from '../recency.ts'
import type { Slotted } from './slots.ts'

/** A session as the memory storage keeps it: its record, but for the expiry, its key, its slot, and its place in the order of use. */
export class Row implements Recent<Row>, Slotted {
  readonly key: string
  data: string
  version: number
  createdAt: number
  identity: string
  subject: string | undefined
  slot = 0
  older: Row | undefined = undefined
  newer: Row | undefined = undefined

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

  /** A copy, without a `subject` where there is none. */
  record(expiresAt: number): SessionRecord {
    const { data, version, createdAt, identity, subject } = this
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
