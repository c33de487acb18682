import { memoryStorage } from 'koa-typed-sessions'
import type { SessionRecord } from 'koa-typed-sessions/contracts'
import { slowStorage } from '../support/slow-storage.ts'
import { type Broken, RightStorage } from './_right-storage.ts'

/** Storages that are broken in a verb, or in the order of what they do. */
export const BROKEN: Readonly<Record<string, Broken>> = {
  'that creates on update': {
    caughtBy: 'an update never brings a deleted session back',
    create: (options) =>
      new (class extends RightStorage {
        override update(key: string, record: SessionRecord, expected: number) {
          if (this.live(key)) return super.update(key, record, expected)
          this.keep(key, record, expected + 1)
          return 'ok' as const
        }
      })(options),
  },
  'that creates on touch': {
    caughtBy: 'a touch never brings a deleted session back',
    create: (options) =>
      new (class extends RightStorage {
        override touch(key: string, expiresAt: number) {
          if (super.touch(key, expiresAt)) return true
          this.keep(key, { data: '', version: 1, createdAt: 0, expiresAt, identity: '' }, 1)
          return true
        }
      })(options),
  },
  'that keeps the object it is given': {
    caughtBy: 'changing what was put in changes nothing that is stored',
    create: (options) =>
      new (class extends RightStorage {
        override keep(key: string, record: SessionRecord, version: number) {
          this.rows.set(key, Object.isFrozen(record) ? { ...record, version } : Object.assign(record, { version }))
        }
      })(options),
  },
  'that gives the object it keeps': {
    caughtBy: 'changing what came out changes nothing that is stored',
    create: (options) =>
      new (class extends RightStorage {
        override read(key: string) {
          return this.live(key) ?? null
        }
      })(options),
  },
  'that reads expired rows': {
    caughtBy: 'read finds no session at the instant of its expiry',
    create: (options) =>
      new (class extends RightStorage {
        override read(key: string) {
          const row = this.rows.get(key)
          return row ? { ...row } : null
        }
      })(options),
  },
  'that overwrites on create': {
    caughtBy: 'create never overwrites a session',
    create: (options) =>
      new (class extends RightStorage {
        override create(key: string, record: SessionRecord) {
          this.keep(key, record, 1)
          return true
        }
      })(options),
  },
  'that compares no version': {
    caughtBy: 'an update with another version is a conflict and changes nothing',
    create: (options) =>
      new (class extends RightStorage {
        override update(key: string, record: SessionRecord) {
          const version = this.live(key)?.version
          return version === undefined ? ('gone' as const) : super.update(key, record, version)
        }
      })(options),
  },
  'whose touch shortens': {
    caughtBy: 'a touch never makes a session expire earlier',
    create: (options) =>
      new (class extends RightStorage {
        override touch(key: string, expiresAt: number) {
          const row = this.live(key)
          if (row) row.expiresAt = expiresAt
          return row !== undefined
        }
      })(options),
  },
  'whose touch counts as a write': {
    caughtBy: 'a touch moves the expiry and changes nothing else',
    create: (options) =>
      new (class extends RightStorage {
        override touch(key: string, expiresAt: number) {
          const row = this.live(key)
          if (row) row.version++
          return super.touch(key, expiresAt)
        }
      })(options),
  },
  'that leaves the old key alive': {
    caughtBy: 'rotate moves a session to another key, and the old key is dead',
    create: (options) =>
      new (class extends RightStorage {
        override rotate(from: string, to: string, record: SessionRecord, expected: number) {
          const row = this.read(from)
          const outcome = super.rotate(from, to, record, expected)
          if (row && outcome === 'ok') this.keep(from, row, row.version)
          return outcome
        }
      })(options),
  },
  'that rotates over another session': {
    caughtBy: 'rotate to a taken key returns exists and changes neither session',
    create: (options) =>
      new (class extends RightStorage {
        override rotate(from: string, to: string, record: SessionRecord, expected: number) {
          if (from !== to && this.live(from)?.version === expected) this.rows.delete(to)
          return super.rotate(from, to, record, expected)
        }
      })(options),
  },
  'that says it deleted what was not there': {
    caughtBy: 'deleting an unknown key returns false',
    create: (options) =>
      new (class extends RightStorage {
        override delete(key: string) {
          super.delete(key)
          return true
        }
      })(options),
  },
  'that keys by a lower-case name': {
    caughtBy: 'any text is a key, and no two keys are one',
    create: (options) =>
      new (class extends RightStorage {
        override create(key: string, record: SessionRecord) {
          return super.create(key.toLowerCase(), record)
        }
        override read(key: string) {
          return super.read(key.toLowerCase())
        }
      })(options),
  },
  'that lists by the beginning of a subject': {
    caughtBy: 'any text is a subject, and no two subjects are one',
    create: (options) =>
      new (class extends RightStorage {
        override async *list(subject: string) {
          for (const key of [...this.rows.keys()]) {
            const record = this.read(key)
            if (record?.subject?.startsWith(subject)) yield { key, record }
          }
        }
      })(options),
  },
  'whose sweep takes the living': {
    caughtBy: 'sweep keeps every live session',
    create: (options) =>
      new (class extends RightStorage {
        override sweep() {
          const { size } = this.rows
          this.rows.clear()
          return size
        }
      })(options),
  },
  'that counts what it has as expired': {
    caughtBy: 'countExpired returns how many sessions wait to be swept, and removes none',
    create: (options) =>
      new (class extends RightStorage {
        override countExpired() {
          return this.rows.size
        }
      })(options),
  },
  'that compares, waits, and then sets': {
    caughtBy: 'of many updates at once with one version, exactly one wins',
    create: ({ clock }) => {
      const engine = memoryStorage({ clock })
      return {
        ...slowStorage(engine),
        async update(key, record, expected) {
          const found = engine.read(key) as SessionRecord | null
          await new Promise((resolve) => setImmediate(resolve))
          if (!found) return 'gone'
          if (found.version !== expected) return 'conflict'
          engine.delete(key)
          engine.create(key, record)
          return 'ok'
        },
      }
    },
  },
  'that answers a read with what it held a moment ago': {
    caughtBy: 'concurrent reads, updates and touches on one key return what sequential calls would',
    create: ({ clock }) => {
      const engine = memoryStorage({ clock })
      const last = new Map<string, SessionRecord>()
      return {
        ...slowStorage(engine),
        read(key) {
          const found = engine.read(key) as SessionRecord | null
          const late = last.get(key)
          if (found) last.set(key, found)
          return found && late?.version === found.version - 1 ? late : found
        },
      }
    },
  },
  'whose list forgets what is on its way to another key': {
    caughtBy: 'a session that gets another key while all sessions of its subject are ended is ended, too',
    create: ({ clock }) => {
      const engine = memoryStorage({ clock })
      return {
        ...slowStorage(engine),
        async rotate(from, to, record, expected) {
          const found = engine.read(from) as SessionRecord | null
          if (!found) return 'gone'
          if (found.version !== expected) return 'conflict'
          if (engine.read(to)) return 'exists'
          engine.delete(from)
          for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
          engine.create(to, record)
          engine.update(to, record, 1)
          return 'ok'
        },
      }
    },
  },
}
