import { lstatSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { isAbandoned, releaseKey } from './claim-key.ts'
import { destroyExpired, discard } from './destroy.ts'
import type { DirectoryParts } from './directory-parts.ts'
import { doneUnless } from './fs-error.ts'
import { prune } from './prune.ts'
import { writtenAt } from './staging.ts'
import { streamNames } from './stream-names.ts'

const FOLDERS = 256

/** Removes expired sessions, and what processes left behind that ended during an operation. */
export class DirectorySweeper {
  readonly #parts: DirectoryParts
  /** Which of the 256 folders is next. Random at first, so that not all processes start with the same one. */
  #next: number = Math.floor(Math.random() * FOLDERS)

  constructor(parts: DirectoryParts) {
    this.#parts = parts
  }

  /** Visits all folders once, from where the last call stopped, until `limit` sessions are removed. Returns how many it removed. */
  async sweep(limit: number): Promise<number> {
    const { layout, staging } = this.#parts
    const now = await staging.use('', async (staged) => writtenAt(staged))
    await this.#sweepLitter(layout.tmp, now)
    await this.#sweepLitter(layout.trash, now)
    let removed = 0
    for (let visited = 0; visited < FOLDERS && removed < limit; visited++) {
      const digits = digitsOf(this.#next)
      removed += await this.#sweepSessions(digits, limit - removed, now)
      if (removed >= limit) break
      await this.#sweepSubjects(digits, now)
      this.#next = (this.#next + 1) % FOLDERS
    }
    return removed
  }

  /** How many sessions have expired. Visits all folders, a few names at a time. */
  async countExpired(): Promise<number> {
    const { layout, guard, find } = this.#parts
    let expired = 0
    for (let folder = 0; folder < FOLDERS; folder++) {
      const digits = digitsOf(folder)
      for await (const rest of streamNames(guard, `${layout.sessions}/${digits}`)) {
        if (isName(digits + rest) && find(digits + rest).state === 'expired') expired++
      }
    }
    return expired
  }

  async #sweepSessions(digits: string, limit: number, now: number): Promise<number> {
    const { layout, guard } = this.#parts
    let removed = 0
    for await (const rest of streamNames(guard, `${layout.sessions}/${digits}`)) {
      if (!isName(digits + rest)) continue
      if (await this.#sweepSession(digits + rest, now).catch(skip)) removed++
      if (removed >= limit) break
    }
    return removed
  }

  /** Removes an expired session, or the remains of operations from the folder of a session. Returns whether it removed a session. */
  async #sweepSession(name: string, now: number): Promise<boolean> {
    const parts = this.#parts
    const { layout, subjects, limits } = parts
    const folder = layout.session(name)
    const found = parts.find(name)
    if (found.state === 'live') {
      await prune(folder, found.names, found.version, now, limits.retention)
    } else if (found.state === 'expired') {
      if (!(await destroyExpired(parts, name, found))) return false
      await subjects.drop(found.record.subject, name)
      return true
    } else if (found.state === 'foreign') {
      await removeOld(folder, now, limits.litter)
    } else if (isAbandoned(parts, name, now)) {
      if (found.version === 0) await releaseKey(parts, name)
      else await destroyExpired(parts, name, found)
    }
    return false
  }

  async #sweepSubjects(digits: string, now: number): Promise<void> {
    const { layout, guard } = this.#parts
    for await (const rest of streamNames(guard, `${layout.subjects}/${digits}`)) {
      if (isName(digits + rest)) await this.#sweepSubject(digits + rest, now).catch(skip)
    }
  }

  async #sweepSubject(subjectName: string, now: number): Promise<void> {
    const { layout, guard, subjects, limits } = this.#parts
    const folder = layout.subject(subjectName)
    if (guard.stateOf(folder) === 'foreign') return removeOld(folder, now, limits.litter)
    for await (const name of streamNames(guard, folder)) {
      if (!isName(name) || subjects.isNeeded(subjectName, name)) continue
      if (isOlder(`${folder}/${name}`, now, limits.litter)) await subjects.dropByName(subjectName, name)
    }
    await doneUnless(rmdir(folder), 'ENOENT', 'ENOTEMPTY', 'EEXIST')
  }

  async #sweepLitter(folder: string, now: number): Promise<void> {
    const { guard, limits } = this.#parts
    for await (const name of streamNames(guard, folder)) {
      await removeOld(`${folder}/${name}`, now, limits.litter).catch(skip)
    }
  }
}

async function removeOld(path: string, now: number, age: number): Promise<void> {
  if (isOlder(path, now, age)) await discard(path)
}

/** Ignores an error: a file that cannot be read or removed must not keep the others from being swept. */
function skip(): undefined {
  return undefined
}

function digitsOf(folder: number): string {
  return folder.toString(16).padStart(2, '0')
}

/** Whether it has not changed for at least `age`; `false` if it is gone. */
function isOlder(path: string, now: number, age: number): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat !== undefined && now - stat.ctimeMs >= age
}

/** Whether this library may have created it: any other file in the folders is left alone. */
function isName(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name)
}
