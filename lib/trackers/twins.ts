import { andThen, type Awaitable } from '../base/awaitable.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { Patience, Row } from '../contracts/tracker.ts'
import { readMarks } from '../formats/envelope.ts'
import type { RowParts } from './by-id-parts.ts'
import { TwinList, type Twin } from './twin-list.ts'

/** How often the ids are checked again if the list changes meanwhile. */
const ATTEMPTS = 20

/** The row of an id, and when it expires. */
interface Place {
  readonly key: string
  readonly deadline: number
}

/** The outcome of ending a session by one of its rows: the row was deleted, was missing, or is the one that lives on. */
export type Ended = 'deleted' | 'missing' | 'spared'

/**
 * The ids of a session to which `regenerateId({ deleteOld: false })` has given several. They end together, whichever of them is
 * destroyed, on any node and in any order of events.
 *
 * A list beside their rows has their keys and deadlines. If a row is missing before its deadline, the session has been destroyed: the
 * deletion of any one row ends it, also by a request that knew nothing of the others. Only sessions with several ids pay for
 * that, with two more reads each time they are read.
 */
export class Twins {
  readonly #parts: RowParts
  readonly #list: TwinList

  constructor(parts: RowParts) {
    this.#parts = parts
    this.#list = new TwinList(parts)
  }

  /** Whether no id of a record's session has been destroyed. `key`: the record was just read there. */
  areAlive(key: string, { data, identity }: SessionRecord, patience: Patience): Awaitable<boolean> {
    return !readMarks(data).twin || this.#areAlive(identity, key, patience)
  }

  /**
   * Adds an id, whose row exists already, beside that of `from`. `false`: the session has been destroyed.
   *
   * @param isFirst Whether `from` had no twin so far.
   */
  add(identity: string, from: Place, to: Place, isFirst: boolean): Promise<boolean> {
    const twin = ({ key, deadline }: Place): Twin => ({ keys: [key], deadline })
    return this.#list.change(identity, (twins) => {
      if (twins) return [...twins, twin(to)]
      return isFirst ? [twin(from), twin(to)] : null
    })
  }

  /** Takes an id off the list, before its row is deleted while the others live on. */
  async drop(identity: string, key: string): Promise<void> {
    await this.#list.change(identity, (twins) => twins?.filter(({ keys }) => !keys.includes(key)) ?? null)
  }

  /** Notes the new deadline of a row, and the key that it may move to, before they change. `false`: the session has been destroyed. */
  async extend({ key, record: { identity } }: Row, deadline: number, to: string = key): Promise<boolean> {
    if (!(await this.#areAlive(identity, key, 'full'))) return false
    const extended = (twin: Twin): Twin => {
      if (!twin.keys.includes(key)) return twin
      const keys = to === key ? twin.keys : [...twin.keys, to]
      return { keys, deadline: Math.max(deadline, twin.deadline) }
    }
    return this.#list.change(identity, (twins) => twins?.map(extended) ?? null)
  }

  /** Ends the session of a row, with all its ids. Of the spared session, only the other ids end. */
  end(key: string, { data, identity }: SessionRecord, spared?: Row): Awaitable<Ended> {
    const except = spared?.record.identity === identity ? spared.key : undefined
    if (readMarks(data).twin) return this.#endAll(key, identity, except)
    return except === undefined ? this.#delete(key) : 'spared'
  }

  async #endAll(key: string, identity: string, except: string | undefined): Promise<Ended> {
    const twins = (await this.#list.read(identity, 'full')).twins ?? []
    const isSpared = ({ keys }: Twin): boolean => except !== undefined && keys.includes(except)
    const spared = twins.filter(isSpared)
    if (spared.length === 0) await this.#list.delete(identity)
    else await this.#list.change(identity, (now) => now?.filter(isSpared) ?? null)
    const ended = twins.filter((twin) => !isSpared(twin)).flatMap(({ keys }) => keys)
    await Promise.all(ended.map((one) => this.#parts.storage.delete(one)))
    // The spared id keeps the rows that it may have moved to.
    return spared.some(({ keys }) => keys.includes(key)) ? 'spared' : this.#delete(key)
  }

  #delete(key: string): Awaitable<Ended> {
    return andThen(this.#parts.storage.delete(key), (deleted) => (deleted ? 'deleted' : 'missing'))
  }

  async #areAlive(identity: string, key: string, patience: Patience): Promise<boolean> {
    let listed = await this.#list.read(identity, patience)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (!listed.twins) return false
      if (await this.#haveRows(listed.twins, key, patience)) return true
      // A missing row may have moved twice since the list was read.
      const again = await this.#list.read(identity, patience)
      if (again.version === listed.version) return false
      listed = again
    }
    return false
  }

  async #haveRows(twins: readonly Twin[], key: string, patience: Patience): Promise<boolean> {
    const now = this.#parts.clock()
    const others = twins.filter((twin) => twin.deadline > now && !twin.keys.includes(key))
    const found = await Promise.all(others.map(({ keys }) => this.#hasRow(keys, patience)))
    return !found.includes(false)
  }

  /** The present key is the last one, unless the row has yet to move there, or moves during the search. */
  async #hasRow(keys: readonly string[], patience: Patience): Promise<boolean> {
    for (const key of [...keys.toReversed(), ...keys.slice(-1)]) {
      if ((await this.#parts.storage.read(key, patience)) !== null) return true
    }
    return false
  }
}
