import type { SessionRecord } from '../../lib/contracts/record.ts'
import type { StorageCall } from '../../lib/testing/conformance/storage-call.ts'

/** The states of a key after and before its last write. */
interface Writes {
  readonly before: SessionRecord | null
  readonly now: SessionRecord | null
}

/** The current and previous records of a storage, as far as its results tell. */
export class PreviousRecords {
  readonly #rows = new Map<string, Writes>()

  has(key: string): boolean {
    return this.#rows.has(key)
  }

  /** The record of a key before its last write. */
  before(key: string): SessionRecord | null {
    const row = this.#rows.get(key)?.before
    return row ? { ...row } : null
  }

  keep(call: StorageCall, answer: unknown): void {
    const { verb, key } = call
    if (verb === 'create' && answer === true) this.#write(key, { ...call.record, version: 1 })
    if (verb === 'update' && answer === 'ok') this.#write(key, { ...call.record, version: call.expected + 1 })
    if (verb === 'delete' && answer === true) this.#write(key, null)
    if (verb === 'touch' && answer === true) this.#touch(key, call.expiresAt)
    if (verb === 'rotate' && answer === 'ok') {
      this.#write(key, null)
      this.#write(call.to, { ...call.record, version: call.expected + 1 })
    }
  }

  #write(key: string, now: SessionRecord | null): void {
    this.#rows.set(key, { before: this.#rows.get(key)?.now ?? null, now })
  }

  #touch(key: string, expiresAt: number): void {
    const now = this.#rows.get(key)?.now
    if (now && expiresAt > now.expiresAt) this.#write(key, { ...now, expiresAt })
  }
}
