import { lstatSync } from 'node:fs'
import { rmdir, unlink } from 'node:fs/promises'
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
    await this.#sweepLitter(layout.tmp, now, (path) => attempt(unlink(path), 'ENOENT'))
    await this.#sweepLitter(layout.trash, now, discard)
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
    const { layout, look } = this.#workings
    let expired = 0
    for (let folder = 0; folder < FOLDERS; folder++) {
      const digits = digitsOf(folder)
      for await (const rest of streamNames(`${layout.sessions}/${digits}`)) {
        if (isName(digits + rest) && look(digits + rest).state === 'expired') expired++
      }
    }
    return expired
  }

  async #sweepSessions(digits: string, limit: number, now: number): Promise<number> {
    const { layout, graveyard, claims, index, limits, look } = this.#workings
    let removed = 0
    for await (const rest of streamNames(`${layout.sessions}/${digits}`)) {
      const name = digits + rest
      if (!isName(name)) continue
      const found = look(name)
      if (found.state === 'live') {
        await prune(layout.session(name), found.names, found.version, now, limits.retention)
      } else if (found.state === 'expired') {
        if (await graveyard.bury(name, found)) {
          await index.drop(found.record.subject, name)
          removed++
        }
        if (removed >= limit) break
      } else if (claims.isAbandoned(name, now)) {
        if (found.version === 0) await claims.release(name)
        else await graveyard.bury(name, found)
      }
    }
    return removed
  }

  async #sweepSubjects(digits: string, now: number): Promise<void> {
    const { layout, index, limits } = this.#workings
    for await (const rest of streamNames(`${layout.subjects}/${digits}`)) {
      const subjectName = digits + rest
      if (!isName(subjectName)) continue
      const folder = layout.subject(subjectName)
      for await (const name of streamNames(folder)) {
        if (!isName(name) || index.isNeeded(subjectName, name)) continue
        if (isOlder(`${folder}/${name}`, now, limits.litter)) await index.dropByName(subjectName, name)
      }
      await attempt(rmdir(folder), 'ENOENT', 'ENOTEMPTY', 'EEXIST')
    }
  }

  async #sweepLitter(folder: string, now: number, remove: (path: string) => Promise<unknown>): Promise<void> {
    for await (const name of streamNames(folder)) {
      const path = `${folder}/${name}`
      if (isOlder(path, now, this.#workings.limits.litter)) await remove(path)
    }
  }
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
