import type { Awaitable } from '../base/awaitable.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import type { Row } from '../contracts/tracker.ts'
import { SessionStorageError } from '../errors.ts'
import type { StorageAccess } from './storage-access.ts'

/** A storage that can list. */
export type ListingStorage = SessionStorage & Required<Pick<SessionStorage, 'list'>>

/** Whether a row is a session. */
type IsAlive = (key: string, record: SessionRecord, asked: boolean) => Awaitable<boolean>
/** What became of a row: it was deleted, was not there any more, or is the one that lives on. */
export type Ended = 'deleted' | 'missing' | 'spared'
/** Ends the session of a row, with all its ids but the spared one. */
type End = (key: string, record: SessionRecord, spared?: Row) => Awaitable<Ended>

/** How often a subject's rows are gone through: each time ends what is there, so that only a broken storage needs many. */
const PASSES = 100
/** How many times in a row nothing must be found: one look misses what gets another id while it lasts. */
const CLEAN_PASSES = 2

/** All sessions of one subject in a storage that can list. */
export class SubjectRows {
  readonly #session: string
  readonly #storage: ListingStorage
  readonly #access: StorageAccess
  readonly #isAlive: IsAlive
  readonly #end: End

  constructor(session: string, storage: ListingStorage, access: StorageAccess, isAlive: IsAlive, end: End) {
    this.#session = session
    this.#storage = storage
    this.#access = access
    this.#isAlive = isAlive
    this.#end = end
  }

  /** The sessions, and no row of one that was destroyed by another of its ids. */
  async *list(subject: string): AsyncGenerator<{ key: string; record: SessionRecord }> {
    for await (const row of this.#rows(subject)) {
      if (await this.#isAlive(row.key, row.record, true)) yield row
    }
  }

  async *#rows(subject: string): AsyncGenerator<{ key: string; record: SessionRecord }> {
    const rows = this.#storage.list(subject)[Symbol.asyncIterator]()
    let ended: boolean | undefined = false
    try {
      for (;;) {
        const { done, value } = await this.#access.run(() => rows.next())
        ended = done
        if (done) return
        yield value
      }
    } finally {
      // Not awaited: where `next` hangs, so does this.
      if (!ended) rows.return?.().catch(() => undefined)
    }
  }

  /**
   * Ends the sessions that are meant, and says how many. A session that gets another id meanwhile is another row with the same
   * identity, so the subject's rows are gone through until none is left that is meant, and then once more: it may have gone
   * from a row that had not had its turn to one that was no longer to come.
   *
   * @param spared A row that lives on, under whatever id it has by now, though its twins end.
   */
  async end(subject: string, isMeant: (record: SessionRecord) => boolean, spared?: Row): Promise<number> {
    const ended = new Set<string>()
    let clean = 0
    for (let pass = 0; pass < PASSES; pass++) {
      clean++
      for await (const { key, record } of this.#rows(subject)) {
        if (!isMeant(record)) continue
        if ((await this.#end(key, record, spared)) === 'spared') continue
        clean = 0
        ended.add(record.identity)
      }
      if (clean === CLEAN_PASSES) return ended.size
    }
    throw new SessionStorageError(`the storage of session '${this.#session}' lists what it has deleted`, this.#session)
  }
}

/** Whether a storage can list, as type. */
export function canList(storage: SessionStorage): storage is ListingStorage {
  return storage.list !== undefined
}
