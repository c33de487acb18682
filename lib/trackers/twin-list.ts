import { tryParseJson } from '../base/json.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { Patience } from '../contracts/tracker.ts'
import { readData, writeData } from '../formats/envelope.ts'
import type { RowParts } from './by-id-parts.ts'

/** How often a change is tried if other requests keep changing the list. */
const ATTEMPTS = 20
/** How many ids are kept: a session with more has replaced the oldest long ago. */
const MOST = 64

/** One id of a session that has several. */
export interface Twin {
  /** The keys that its row has had, the present one included. A new key is added before the row moves there. */
  readonly keys: readonly string[]
  /** When its row expires. */
  readonly deadline: number
}

/** The list as it is stored. `twins` is `null` and `version` 0 if there is none. */
interface StoredTwins {
  readonly twins: readonly Twin[] | null
  readonly version: number
}

/** The stored lists of the ids of sessions that have several: one row per session, under its identity. */
export class TwinList {
  readonly #parts: RowParts

  constructor(parts: RowParts) {
    this.#parts = parts
  }

  async read(identity: string, patience: Patience): Promise<StoredTwins> {
    const { storage, keys } = this.#parts
    const record = await storage.read(keys.twinsKey(identity), patience)
    return { twins: twinsIn(record), version: record?.version ?? 0 }
  }

  async delete(identity: string): Promise<void> {
    const { storage, keys } = this.#parts
    await storage.delete(keys.twinsKey(identity))
  }

  /**
   * Writes a list by compare-and-set. `false`: nothing was written.
   *
   * @param change Returns `null` if there must be a list already, and there is none.
   */
  async change(identity: string, change: (twins: readonly Twin[] | null) => readonly Twin[] | null): Promise<boolean> {
    const { storage, keys } = this.#parts
    const key = keys.twinsKey(identity)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const record = await storage.read(key)
      const twins = change(twinsIn(record))
      if (!twins) return false
      const written = this.#record(identity, twins, record)
      const done = record ? await storage.update(key, written, record.version) : await storage.create(key, written)
      if (done === true || done === 'ok') return true
    }
    return false
  }

  #record(identity: string, twins: readonly Twin[], before: SessionRecord | null): SessionRecord {
    const { clock, random } = this.#parts
    const kept = twins.slice(-MOST).map(({ keys, deadline }) => [deadline, ...keys.slice(-MOST)])
    return {
      data: writeData(random, JSON.stringify(kept)),
      version: (before?.version ?? 0) + 1,
      createdAt: before?.createdAt ?? clock(),
      expiresAt: Math.max(...twins.map(({ deadline }) => deadline)),
      identity,
    }
  }
}

function twinsIn(record: SessionRecord | null): readonly Twin[] | null {
  const written: unknown = record && tryParseJson(readData(record.data) ?? '')
  return Array.isArray(written)
    ? written.map(([deadline, ...keys]: [number, ...string[]]) => ({ keys, deadline }))
    : null
}
