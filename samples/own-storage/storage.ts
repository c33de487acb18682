import type { Clock, SessionStorage } from 'koa-typed-sessions'
import type { SessionRecord } from 'koa-typed-sessions/contracts'

/** Sessions in a map, for one process: no verb waits for anything, so that each is done before another one begins. */
export function mapStorage(rows: Map<string, SessionRecord> = new Map(), clock: Clock = Date.now): SessionStorage {
  const keep = (key: string, record: SessionRecord, version: number): void => void rows.set(key, { ...record, version })

  function live(key: string): SessionRecord | undefined {
    const row = rows.get(key)
    return row && row.expiresAt > clock() ? row : undefined
  }

  return {
    create(key, record) {
      if (live(key)) return false
      keep(key, record, 1)
      return true
    },
    read(key) {
      const row = live(key)
      return row ? { ...row } : null
    },
    update(key, record, expected) {
      const row = live(key)
      if (row?.version !== expected) return row ? 'conflict' : 'gone'
      keep(key, record, expected + 1)
      return 'ok'
    },
    touch(key, expiresAt) {
      const row = live(key)
      if (row && expiresAt > row.expiresAt) row.expiresAt = expiresAt
      return row !== undefined
    },
    delete(key) {
      const row = live(key)
      rows.delete(key)
      return row !== undefined
    },
    rotate(from, to, record, expected) {
      const row = live(from)
      if (row?.version !== expected) return row ? 'conflict' : 'gone'
      if (live(to)) return 'exists'
      rows.delete(from)
      keep(to, record, expected + 1)
      return 'ok'
    },
  }
}
