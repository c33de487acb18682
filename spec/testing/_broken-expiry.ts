import type { SessionRecord } from 'koa-typed-sessions/contracts'
import { but, type Broken, type RightStorage } from './_right-storage.ts'

const HOUR = 3_600_000

/** Lets one verb find rows that have expired. */
function unexpired(right: RightStorage, verb: 'update' | 'touch' | 'delete' | 'rotate'): Partial<RightStorage> {
  const blind = Object.assign(Object.create(right) as RightStorage, { live: (key: string) => right.rows.get(key) })
  return { [verb]: blind[verb].bind(blind) }
}

/** Storages that are wrong about when a session ends: to be caught in real time too, but for what is `exact`. */
export const BROKEN_EXPIRY: Readonly<Record<string, Broken & { readonly exact?: true }>> = {
  'that reads expired sessions': but('read finds no session after the instant of its expiry', (right) => ({
    read: (key) => ({ ...right.rows.get(key)! }),
  })),
  'that updates expired sessions': but('update finds no session after the instant of its expiry', (right) =>
    unexpired(right, 'update'),
  ),
  'that touches expired sessions': but('touch finds no session after the instant of its expiry', (right) =>
    unexpired(right, 'touch'),
  ),
  'that says it deleted an expired session': but('delete finds no session after the instant of its expiry', (right) =>
    unexpired(right, 'delete'),
  ),
  'that rotates expired sessions': but('rotate finds no session after the instant of its expiry', (right) =>
    unexpired(right, 'rotate'),
  ),
  'that lets a session live through the instant of its expiry': {
    ...but('read finds no session at the instant of its expiry', (right) => ({
      live(key: string) {
        const row = right.rows.get(key)
        return row && row.expiresAt >= right.clock() ? row : undefined
      },
    })),
    exact: true,
  },
  'that lists a session at the instant of its expiry': {
    ...but('list never returns an expired session', (right) => ({
      async *list(subject: string) {
        for (const [key, row] of right.rows) {
          if (row.subject === subject && row.expiresAt >= right.clock()) yield { key, record: { ...row } }
        }
      },
    })),
    exact: true,
  },
  'that ends a session a minute early': but('read finds a session that is about to expire', (right) => ({
    live(key: string) {
      const row = right.rows.get(key)
      return row && row.expiresAt - 60_000 > right.clock() ? row : undefined
    },
  })),
  'whose update ends a session a minute early': but('update finds a session that is about to expire', (right) => ({
    update: (key, record, expected) =>
      (right.live(key)?.expiresAt ?? 0) - 60_000 > right.clock() ? right.update(key, record, expected) : 'gone',
  })),
  'whose touch must come a minute before the deadline': but(
    'touch finds a session that is about to expire',
    (right) => ({
      touch: (key, expiresAt) =>
        (right.live(key)?.expiresAt ?? 0) - 60_000 > right.clock() && right.touch(key, expiresAt),
    }),
  ),
  'whose delete must come a minute before the deadline': but(
    'delete finds a session that is about to expire',
    (right) => ({
      delete: (key) => (right.live(key)?.expiresAt ?? 0) - 60_000 > right.clock() && right.delete(key),
    }),
  ),
  'whose rotation must come a minute before the deadline': but(
    'rotate finds a session that is about to expire',
    (right) => ({
      rotate: (from, to, record, expected) =>
        (right.live(from)?.expiresAt ?? 0) - 60_000 > right.clock() ? right.rotate(from, to, record, expected) : 'gone',
    }),
  ),
  'that creates nothing where an expired session was': but('create replaces an expired session', (right) => ({
    create: (key, record) => !right.rows.has(key) && right.create(key, record),
  })),
  'that rotates nothing to where an expired session was': but(
    'an expired session stands in the way of no rotation',
    (right) => ({
      rotate: (from, to, record, expected) =>
        right.rows.has(to) ? 'exists' : right.rotate(from, to, record, expected),
    }),
  ),
  'that lists expired sessions': but('list never returns an expired session', (right) => ({
    async *list(subject: string) {
      for (const [key, row] of right.rows) if (row.subject === subject) yield { key, record: { ...row } }
    },
  })),
  'that forgets a touch': but('a touched session lives until its new expiry', (right) => ({
    touch: (key) => right.live(key) !== undefined,
  })),
  'that touches as far as it is told, but not until then': but(
    'a touched session lives until its new expiry',
    (right) => ({
      touch: (key, expiresAt) => right.touch(key, expiresAt + HOUR),
    }),
  ),
  'that takes no deadline that has passed': but(
    'an update to a deadline that has passed ends the session',
    (right) => ({
      update: (key, record, expected) =>
        right.update(
          key,
          record.expiresAt > right.clock() ? record : { ...right.live(key)!, data: record.data },
          expected,
        ),
    }),
  ),
  'whose update never shortens a life': but('an update can make the session expire earlier', (right) => ({
    update: (key, record, expected) => right.update(key, longest(right.live(key), record), expected),
  })),
  'whose update never shortens what a touch has said': but(
    'an update can make the session expire earlier than a touch has set',
    (right) => {
      const touched = new Map<string, number>()
      return {
        touch(key, expiresAt) {
          touched.set(key, expiresAt)
          return right.touch(key, expiresAt)
        },
        update: (key, record, expected) =>
          right.update(key, { ...record, expiresAt: touched.get(key) ?? record.expiresAt }, expected),
      }
    },
  ),
  'whose rotation never shortens a life': but(
    'rotate can make the session expire earlier than a touch has set',
    (right) => ({
      rotate: (from, to, record, expected) => right.rotate(from, to, longest(right.live(from), record), expected),
    }),
  ),
  'that ends what was made in the future': {
    ...but('a clock that goes back neither ends a session nor moves its deadline', (right) => ({
      live(key: string) {
        const row = right.rows.get(key)
        return row && row.expiresAt > right.clock() && row.createdAt <= right.clock() ? row : undefined
      },
    })),
    exact: true,
  },
  'that has a timer for each session': but('a deadline in 25 days, beyond a 32-bit timer is kept exactly', (right) => ({
    create(key, record) {
      setTimeout(() => right.rows.delete(key), (record.expiresAt - right.clock()) | 0).unref()
      return right.create(key, record)
    },
  })),
  'that keeps deadlines in 32 bits': but('a deadline that never comes is kept exactly', (right) => ({
    keep: (key: string, record: SessionRecord, version: number) =>
      right.keep(key, { ...record, expiresAt: Math.fround(record.expiresAt) }, version),
  })),
  'that keeps no session for a year': but('a deadline in 100 years is kept exactly', (right) => ({
    keep: (key: string, record: SessionRecord, version: number) =>
      right.keep(key, { ...record, expiresAt: Math.min(record.expiresAt, right.clock() + 365 * 24 * HOUR) }, version),
  })),
}

function longest(row: SessionRecord | undefined, record: SessionRecord): SessionRecord {
  return { ...record, expiresAt: Math.max(record.expiresAt, row?.expiresAt ?? 0) }
}
