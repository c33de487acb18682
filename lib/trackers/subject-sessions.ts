import type { SessionRecord } from '../contracts/record.ts'
import type { StoredAt, SubjectSessions } from '../contracts/tracker.ts'
import { SessionStorageError } from '../errors.ts'
import type { StorageClient } from './storage-client.ts'
import type { Twins } from './twins.ts'

/** How often the sessions of a subject are listed: each pass ends what it finds, so that only a broken storage needs many. */
const PASSES = 100
/** How many passes in a row must find nothing: one alone misses a session that gets another id meanwhile. */
const CLEAN_PASSES = 2

/** All sessions of one subject, in a storage that can list. */
export class StoredSubjectSessions implements SubjectSessions {
  readonly #name: string
  readonly #list: NonNullable<StorageClient['list']>
  readonly #twins: Twins

  constructor(name: string, list: NonNullable<StorageClient['list']>, twins: Twins) {
    this.#name = name
    this.#list = list
    this.#twins = twins
  }

  /** The rows of the live sessions, without those of a session of which another id was destroyed. */
  async *list(subject: string): AsyncGenerator<{ key: string; record: SessionRecord }> {
    for await (const row of this.#list(subject)) {
      if (await this.#twins.areAlive(row.key, row.record, 'full')) yield row
    }
  }

  /**
   * Ends the matching sessions, and returns how many. A session that gets another id meanwhile is another row with the same
   * identity, so the list is repeated until a pass finds nothing, and then once more: a session may have moved from a row
   * that the pass had not reached to one that it had passed.
   *
   * @param spared A row that lives on, under whatever id it has by now. Its twins end.
   */
  async end(subject: string, isMeant: (record: SessionRecord) => boolean, spared?: StoredAt): Promise<number> {
    const ended = new Set<string>()
    let clean = 0
    for (let pass = 0; pass < PASSES; pass++) {
      clean++
      for await (const { key, record } of this.#list(subject)) {
        if (!isMeant(record)) continue
        if ((await this.#twins.end(key, record, spared)) === 'spared') continue
        clean = 0
        ended.add(record.identity)
      }
      if (clean === CLEAN_PASSES) return ended.size
    }
    throw new SessionStorageError(`the storage of session '${this.#name}' lists what it has deleted`, this.#name)
  }
}
