import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { SessionRecord } from '../contracts/record.ts'
import { readData, writeData } from '../formats/envelope.ts'
import type { Ids } from './id.ts'
import type { RetryingStorage } from './retrying-storage.ts'

/** How often the list of ids is written anew where others wrote it meanwhile. */
const ATTEMPTS = 20
/** How many ids are kept. A session that has more has given up the earliest of them long ago. */
const MOST = 64

/** One id of a session that has several. */
interface Twin {
  /** The keys that it has had, its present one among them: a new one is noted before the row moves there. */
  readonly keys: readonly string[]
  /** Until when its row is there, unless somebody destroys it. */
  readonly deadline: number
}

/** Where the row of an id is, and until when. */
interface Place {
  readonly key: string
  readonly deadline: number
}

interface Parts {
  readonly rows: RetryingStorage
  readonly ids: Ids
  readonly clock: Clock
  readonly random: Random
}

/**
 * The ids of a session that `regenerateId({ deleteOld: false })` has given several: they end together, whichever of them is
 * destroyed, on any node and in any order of events.
 *
 * A row beside theirs, under the identity that they share, lists them with their deadlines. A session of which a row is
 * missing before its deadline has been destroyed, so that one deletion of one row ends it, by a request that knew nothing of the
 * others, too. Only sessions with several ids pay for it: two more reads whenever they are read.
 */
export class Twins {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Whether no id of the session has been destroyed, apart from `key`, whose row was just read. */
  async areAlive(identity: string, key: string, asked: boolean): Promise<boolean> {
    const { rows } = this.#parts
    let listed = await rows.read(this.#key(identity), asked)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const twins = twinsIn(listed)
      if (!twins) return false
      if (await this.#areThere(twins, key, asked)) return true
      // A row that is not where it was may have moved twice since the list was read.
      const again = await rows.read(this.#key(identity), asked)
      if (again?.version === listed?.version) return false
      listed = again
    }
    return false
  }

  /**
   * Adds an id, whose row is there already, to that of `from`. `false`: the session has been destroyed.
   *
   * @param isFirst Whether `from` had no twin so far.
   */
  add(identity: string, from: Place, to: Place, isFirst: boolean): Promise<boolean> {
    const twin = ({ key, deadline }: Place): Twin => ({ keys: [key], deadline })
    return this.#change(identity, (twins) => {
      if (twins) return [...twins, twin(to)]
      return isFirst ? [twin(from), twin(to)] : null
    })
  }

  /** Takes an id off the list, before its row is deleted while the others live on. */
  async drop(identity: string, key: string): Promise<void> {
    await this.#change(identity, (twins) => twins?.filter(({ keys }) => !keys.includes(key)) ?? null)
  }

  /** Notes until when an id lives, and which key it may move to, before that happens. `false`: the session has been destroyed. */
  extend(identity: string, key: string, deadline: number, to?: string): Promise<boolean> {
    return this.#change(
      identity,
      (twins) =>
        twins?.map((twin) => {
          if (!twin.keys.includes(key)) return twin
          const keys = to === undefined ? twin.keys : [...twin.keys, to]
          return { keys, deadline: Math.max(deadline, twin.deadline) }
        }) ?? null,
    )
  }

  /** Ends the session: all of its ids, or all but one. Gives the keys that the spared one may have. */
  async end(identity: string, except?: string): Promise<readonly string[]> {
    const { rows } = this.#parts
    const listed = this.#key(identity)
    const twins = twinsIn(await rows.read(listed, true)) ?? []
    const isSpared = ({ keys }: Twin): boolean => except !== undefined && keys.includes(except)
    const spared = twins.filter(isSpared)
    if (spared.length === 0) await rows.delete(listed)
    else await this.#change(identity, (now) => now?.filter(isSpared) ?? null)
    const ended = twins.filter((twin) => !isSpared(twin))
    await Promise.all(ended.flatMap(({ keys }) => keys.map((key) => rows.delete(key))))
    return spared.flatMap(({ keys }) => keys)
  }

  async #areThere(twins: readonly Twin[], key: string, asked: boolean): Promise<boolean> {
    const now = this.#parts.clock()
    const others = twins.filter((twin) => twin.deadline > now && !twin.keys.includes(key))
    const there = await Promise.all(others.map(({ keys }) => this.#isThere(keys, asked)))
    return !there.includes(false)
  }

  /** The present key is the last one, unless the row is still to move there, or moves while this looks. */
  async #isThere(keys: readonly string[], asked: boolean): Promise<boolean> {
    for (const key of [...keys.toReversed(), ...keys.slice(-1)]) {
      if ((await this.#parts.rows.read(key, asked)) !== null) return true
    }
    return false
  }

  #key(identity: string): string {
    return this.#parts.ids.twinsKey(identity)
  }

  /** Writes the list by compare-and-set. `change` gives `null` where there must be one and is none. */
  async #change(identity: string, change: (twins: readonly Twin[] | null) => readonly Twin[] | null): Promise<boolean> {
    const { rows, clock, random } = this.#parts
    const key = this.#key(identity)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const record = await rows.read(key, true)
      const twins = change(twinsIn(record))
      if (!twins) return false
      const written: SessionRecord = {
        data: writeData(
          random,
          JSON.stringify(twins.slice(-MOST).map(({ keys, deadline }) => [deadline, ...keys.slice(-MOST)])),
        ),
        version: (record?.version ?? 0) + 1,
        createdAt: record?.createdAt ?? clock(),
        expiresAt: Math.max(...twins.map(({ deadline }) => deadline)),
        identity,
      }
      const done = record ? await rows.update(key, written, record.version) : await rows.create(key, written)
      if (done === true || done === 'ok') return true
    }
    return false
  }
}

function twinsIn(record: SessionRecord | null): readonly Twin[] | null {
  const written: unknown = record && parsed(readData(record.data) ?? '')
  return Array.isArray(written)
    ? written.map(([deadline, ...keys]: [number, ...string[]]) => ({ keys, deadline }))
    : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
