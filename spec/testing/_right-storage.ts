import type { Clock, SessionStorage } from 'koa-typed-sessions'
import type { SessionRecord } from 'koa-typed-sessions/contracts'
import type { CreateStorage } from 'koa-typed-sessions/testing'

/** A storage in a map that does all right: each broken one differs from it in one verb. */
export class RightStorage implements SessionStorage {
  readonly rows = new Map<string, SessionRecord>()
  readonly clock: Clock

  constructor({ clock }: { clock: Clock }) {
    this.clock = clock
  }

  live(key: string): SessionRecord | undefined {
    const row = this.rows.get(key)
    return row && row.expiresAt > this.clock() ? row : undefined
  }

  keep(key: string, record: SessionRecord, version: number): void {
    this.rows.set(key, { ...record, version })
  }

  create(key: string, record: SessionRecord): boolean {
    if (this.live(key)) return false
    this.keep(key, record, 1)
    return true
  }

  read(key: string): SessionRecord | null {
    const row = this.live(key)
    return row ? { ...row } : null
  }

  update(key: string, record: SessionRecord, expected: number): 'ok' | 'conflict' | 'gone' {
    const row = this.live(key)
    if (!row) return 'gone'
    if (row.version !== expected) return 'conflict'
    this.keep(key, record, expected + 1)
    return 'ok'
  }

  touch(key: string, expiresAt: number): boolean {
    const row = this.live(key)
    if (!row) return false
    row.expiresAt = Math.max(row.expiresAt, expiresAt)
    return true
  }

  delete(key: string): boolean {
    const live = this.live(key) !== undefined
    this.rows.delete(key)
    return live
  }

  rotate(from: string, to: string, record: SessionRecord, expected: number): 'ok' | 'conflict' | 'gone' | 'exists' {
    const row = this.live(from)
    if (!row) return 'gone'
    if (row.version !== expected) return 'conflict'
    if (this.live(to)) return 'exists'
    this.rows.delete(from)
    this.keep(to, record, expected + 1)
    return 'ok'
  }

  async *list(subject: string): AsyncGenerator<{ key: string; record: SessionRecord }> {
    for (const key of [...this.rows.keys()]) {
      const record = this.read(key)
      if (record?.subject === subject) yield { key, record }
    }
  }

  sweep(limit = Infinity): number {
    const expired = this.expired().slice(0, limit)
    for (const key of expired) this.rows.delete(key)
    return expired.length
  }

  countExpired(): number {
    return this.expired().length
  }

  expired(): string[] {
    return [...this.rows.keys()].filter((key) => !this.live(key))
  }
}

/** A storage that does something wrong, and a scenario that must catch it. */
export interface Broken {
  readonly caughtBy: string
  readonly create: CreateStorage
}

/** A right storage but for what is changed in it. */
export function but(
  caughtBy: string,
  change: (right: RightStorage) => Partial<RightStorage> | Partial<SessionStorage>,
): Broken {
  return {
    caughtBy,
    create(options) {
      const right = new RightStorage(options)
      return Object.assign(Object.create(right) as SessionStorage, change(right))
    },
  }
}
