import { dirname } from 'node:path'
import type { Awaitable } from '../../base/awaitable.ts'
import type { Clock } from '../../base/clock.ts'
import type { SessionRecord } from '../../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../../contracts/storage.ts'
import { listUntilStable } from '../shared/list-until-stable.ts'
import { create } from './create.ts'
import { destroy } from './destroy.ts'
import { createParts, type DirectoryParts } from './directory-parts.ts'
import { type Layout, nameOf } from './layout.ts'
import { LIMITS, type Limits } from './limits.ts'
import { formatRecord, type KeyedRecord } from './record-file.ts'
import { rotate } from './rotate.ts'
import type { SessionFolder } from './session-folder.ts'
import type { Durability } from './staging.ts'
import { DirectorySweeper } from './sweeper.ts'
import { touch } from './touch.ts'
import { update } from './update.ts'

/**
 * Sessions in a directory. One folder per session, one file per version; the newest version is the session. All guarantees rest on
 * three system calls, each of which is atomic between all processes:
 *
 * - `link` never replaces a file: giving a record the number of the next version is the compare-and-set.
 * - `mkdir` never replaces a folder: creating the folder of a session claims its key.
 * - `rename` of a folder moves all of its contents: to the trash when the session is destroyed, to the new key when it is rotated.
 *
 * Every operation reads first, synchronously, and answers at once if that suffices.
 */
export class DirectorySessionStorage implements SessionStorage {
  readonly #parts: DirectoryParts
  readonly #sweeper: DirectorySweeper

  constructor(layout: Layout, clock: Clock, durability: Durability, limits: Limits = LIMITS) {
    this.#parts = createParts(layout, clock, durability, limits)
    this.#sweeper = new DirectorySweeper(this.#parts)
  }

  create(key: string, record: SessionRecord): Awaitable<boolean> {
    const name = nameOf(key)
    const parts = this.#parts
    if (parts.find(name).state === 'live') return false
    return parts.staging.use(formatRecord(key, record, 1), (staged) => create(parts, name, record, staged))
  }

  read(key: string): SessionRecord | null {
    const found = this.#parts.find(nameOf(key))
    return found.state === 'live' ? found.record : null
  }

  update(key: string, record: SessionRecord, expected: number): Awaitable<UpdateOutcome> {
    const name = nameOf(key)
    const parts = this.#parts
    const failed = mismatch(parts.find(name), expected)
    if (failed !== undefined) return failed
    const text = formatRecord(key, record, expected + 1)
    return parts.staging.use(text, (staged) => update(parts, name, record, expected, staged))
  }

  touch(key: string, expiresAt: number): Awaitable<boolean> {
    const name = nameOf(key)
    const found = this.#parts.find(name)
    if (found.state !== 'live') return false
    return expiresAt <= found.record.expiresAt || touch(this.#parts, name, expiresAt, found)
  }

  delete(key: string): Awaitable<boolean> {
    const name = nameOf(key)
    // Version 0: no session, or the claim of a session that does not exist yet.
    return this.#parts.find(name).version !== 0 && this.#delete(name)
  }

  rotate(from: string, to: string, record: SessionRecord, expected: number): Awaitable<RotateOutcome> {
    const parts = this.#parts
    const rotation = { from: nameOf(from), to: nameOf(to), record, expected }
    const failed = mismatch(parts.find(rotation.from), expected)
    if (failed !== undefined) return failed
    if (parts.find(rotation.to).state === 'live') return 'exists'
    return parts.staging.use(formatRecord(to, record, expected + 1), (staged) => rotate(parts, rotation, staged))
  }

  /** A rotation adds the index entry of the new key before the session is there: missing sessions are read again. */
  list(subject: string): AsyncGenerator<KeyedRecord> {
    const { subjects, findBeforeRotation } = this.#parts
    const read = (name: string): KeyedRecord | null => {
      const found = findBeforeRotation(name)
      if (found.state !== 'live' || found.record.subject !== subject) return null
      return { key: found.key, record: found.record }
    }
    return listUntilStable(() => subjects.names(subject), read, true)
  }

  sweep(limit: number = 1000): Promise<number> {
    return this.#sweeper.sweep(limit)
  }

  countExpired(): Promise<number> {
    return this.#sweeper.countExpired()
  }

  async #delete(name: string): Promise<boolean> {
    const { layout, staging, subjects } = this.#parts
    const found = await destroy(this.#parts, name)
    if (found === null) return false
    await staging.sync(dirname(layout.session(name)))
    if (found.state !== 'live') return false
    await subjects.drop(found.record.subject, name)
    return true
  }
}

function mismatch(found: SessionFolder, expected: number): 'gone' | 'conflict' | undefined {
  if (found.state !== 'live') return 'gone'
  return found.version === expected ? undefined : 'conflict'
}
