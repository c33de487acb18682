import { lstatSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { attempt } from './fs-error.ts'
import { discard } from './graveyard.ts'
import { prune } from './prune.ts'
import { writtenAt } from './staging.ts'
import { streamNames } from './stream-names.ts'
import type { Workings } from './workings.ts'

const FOLDERS = 256

/** Removes what is dead: expired sessions, and what processes left behind that died half way. */
export class Sweeper {
  readonly #workings: Workings
  /** Which of the 256 folders comes next: at first any one, so that not all processes begin with the same. */
  #next: number = Math.floor(Math.random() * FOLDERS)

  constructor(workings: Workings) {
    this.#workings = workings
  }

  /** Goes once around, from where the last call stopped, until `limit` sessions are removed; says how many. */
  async sweep(limit: number): Promise<number> {
    const { layout, staging } = this.#workings
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

  /** How many sessions have expired. Goes through all folders, a few names at a time. */
  async countExpired(): Promise<number> {
    const { layout, guard, look } = this.#workings
    let expired = 0
    for (let folder = 0; folder < FOLDERS; folder++) {
      const digits = digitsOf(folder)
      for await (const rest of streamNames(guard, `${layout.sessions}/${digits}`)) {
        if (isName(digits + rest) && look(digits + rest).state === 'expired') expired++
      }
    }
    return expired
  }

  async #sweepSessions(digits: string, limit: number, now: number): Promise<number> {
    const { layout, guard } = this.#workings
    let removed = 0
    for await (const rest of streamNames(guard, `${layout.sessions}/${digits}`)) {
      if (!isName(digits + rest)) continue
      if (await this.#sweepSession(digits + rest, now).catch(skipped)) removed++
      if (removed >= limit) break
    }
    return removed
  }

  /** Removes the session if it has expired, which it tells, and what has been left in its folder. */
  async #sweepSession(name: string, now: number): Promise<boolean> {
    const { layout, graveyard, claims, index, limits, look } = this.#workings
    const folder = layout.session(name)
    const found = look(name)
    if (found.state === 'live') {
      await prune(folder, found.names, found.version, now, limits.retention)
    } else if (found.state === 'expired') {
      if (!(await graveyard.bury(name, found))) return false
      await index.drop(found.record.subject, name)
      return true
    } else if (found.state === 'foreign') {
      await removeOld(folder, now, limits.litter)
    } else if (claims.isAbandoned(name, now)) {
      if (found.version === 0) await claims.release(name)
      else await graveyard.bury(name, found)
    }
    return false
  }

  async #sweepSubjects(digits: string, now: number): Promise<void> {
    const { layout, guard } = this.#workings
    for await (const rest of streamNames(guard, `${layout.subjects}/${digits}`)) {
      if (isName(digits + rest)) await this.#sweepSubject(digits + rest, now).catch(skipped)
    }
  }

  async #sweepSubject(subjectName: string, now: number): Promise<void> {
    const { layout, guard, index, limits } = this.#workings
    const folder = layout.subject(subjectName)
    if (guard.stateOf(folder) === 'foreign') return removeOld(folder, now, limits.litter)
    for await (const name of streamNames(guard, folder)) {
      if (!isName(name) || index.isNeeded(subjectName, name)) continue
      if (isOlder(`${folder}/${name}`, now, limits.litter)) await index.dropByName(subjectName, name)
    }
    await attempt(rmdir(folder), 'ENOENT', 'ENOTEMPTY', 'EEXIST')
  }

  async #sweepLitter(folder: string, now: number): Promise<void> {
    const { guard, limits } = this.#workings
    for await (const name of streamNames(guard, folder)) {
      await removeOld(`${folder}/${name}`, now, limits.litter).catch(skipped)
    }
  }
}

async function removeOld(path: string, now: number, age: number): Promise<void> {
  if (isOlder(path, now, age)) await discard(path)
}

/** What cannot be looked at or removed stays: it must not keep the rest from being swept. */
function skipped(): undefined {
  return undefined
}

function digitsOf(folder: number): string {
  return folder.toString(16).padStart(2, '0')
}

/** Whether it has been as it is for at least `age`; `false` where it is gone. */
function isOlder(path: string, now: number, age: number): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat !== undefined && now - stat.ctimeMs >= age
}

/** Whether it can be one of ours: what else lies in the folders is left alone. */
function isName(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name)
}
