import type { SessionRecord } from '../../lib/contracts/record.ts'
import type { StorageCall } from '../../lib/testing/conformance/storage-call.ts'

/** What a key held after the last write that was seen, and before it. */
interface Writes {
  readonly before: SessionRecord | null
  readonly now: SessionRecord | null
}

/** What the keys of a storage hold and have held, as far as its answers tell. */
export class PreviousRecords {
  readonly #rows = new Map<string, Writes>()

  has(key: string): boolean {
    return this.#rows.has(key)
  }

  /** What the key held before it was last written. */
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
