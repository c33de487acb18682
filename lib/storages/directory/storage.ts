import { dirname } from 'node:path'
import type { Awaitable } from '../../base/awaitable.ts'
import type { Clock } from '../../base/clock.ts'
import type { SessionRecord } from '../../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../../contracts/storage.ts'
import { create } from './create.ts'
import { type Layout, nameOf } from './layout.ts'
import { LIMITS, type Limits } from './limits.ts'
import { formatRecord } from './record-file.ts'
import { rotate } from './rotate.ts'
import type { Durability } from './staging.ts'
import { Sweeper } from './sweeper.ts'
import { touch } from './touch.ts'
import { refusal, update } from './update.ts'
import { assemble, type Workings } from './workings.ts'

/**
 * The verbs on a directory. One folder per session, one file per version, the newest is the session. All guarantees
 * rest on three calls to the system, each of which is atomic between all processes:
 *
 * - `link` never replaces a file: giving a record the next version's number is the compare-and-set.
 * - `mkdir` never replaces a folder: making a session's folder claims its key.
 * - `rename` of a folder takes all that is in it: away when destroyed, to its new key when rotated.
 *
 * A verb looks first, synchronously, and answers at once where that is enough.
 */
export class DirectoryStorage implements SessionStorage {
  readonly #workings: Workings
  readonly #sweeper: Sweeper

  constructor(layout: Layout, clock: Clock, durability: Durability, limits: Limits = LIMITS) {
    this.#workings = assemble(layout, clock, durability, limits)
    this.#sweeper = new Sweeper(this.#workings)
  }

  create(key: string, record: SessionRecord): Awaitable<boolean> {
    const name = nameOf(key)
    const workings = this.#workings
    if (workings.look(name).state === 'live') return false
    return workings.staging.use(formatRecord(key, record, 1), (staged) => create(workings, name, record, staged))
  }

  read(key: string): SessionRecord | null {
    const found = this.#workings.look(nameOf(key))
    return found.state === 'live' ? found.record : null
  }

  update(key: string, record: SessionRecord, expected: number): Awaitable<UpdateOutcome> {
    const name = nameOf(key)
    const workings = this.#workings
    const refused = refusal(workings.look(name), expected)
    if (refused !== null) return refused
    const text = formatRecord(key, record, expected + 1)
    return workings.staging.use(text, (staged) => update(workings, name, record, expected, staged))
  }

  touch(key: string, expiresAt: number): Awaitable<boolean> {
    const name = nameOf(key)
    const found = this.#workings.look(name)
    if (found.state !== 'live') return false
    return expiresAt <= found.record.expiresAt || touch(this.#workings, name, expiresAt, found)
  }

  delete(key: string): Awaitable<boolean> {
    const name = nameOf(key)
    // Nothing, or a claim: a session whose life has not begun.
    return this.#workings.look(name).version !== 0 && this.#delete(name)
  }

  async #delete(name: string): Promise<boolean> {
    const { layout, staging, graveyard, index } = this.#workings
    const found = await graveyard.destroy(name)
    if (found === null) return false
    await staging.settle(dirname(layout.session(name)))
    if (found.state !== 'live') return false
    await index.drop(found.record.subject, name)
    return true
  }

  rotate(from: string, to: string, record: SessionRecord, expected: number): Awaitable<RotateOutcome> {
    const workings = this.#workings
    const refused = refusal(workings.look(nameOf(from)), expected)
    if (refused !== null) return refused
    if (workings.look(nameOf(to)).state === 'live') return 'exists'
    const move = { from: nameOf(from), to: nameOf(to), record, expected }
    return workings.staging.use(formatRecord(to, record, expected + 1), (staged) => rotate(workings, move, staged))
  }

  async *list(subject: string): AsyncGenerator<{ key: string; record: SessionRecord }> {
    const { index, lookBeforeMove } = this.#workings
    const given = new Set<string>()
    // Twice: what is rotated during the first pass may go from a name not yet visited to one already passed.
    for (let pass = 0; pass < 2; pass++) {
      for await (const name of index.names(subject)) {
        if (given.has(name)) continue
        const found = lookBeforeMove(name)
        if (found.state !== 'live' || found.record.subject !== subject) continue
        given.add(name)
        yield { key: found.key, record: found.record }
      }
    }
  }

  sweep(limit: number = 1000): Promise<number> {
    return this.#sweeper.sweep(limit)
  }

  countExpired(): Promise<number> {
    return this.#sweeper.countExpired()
  }
}
