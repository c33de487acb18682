import { but, type Broken, type RightStorage } from './_right-storage.ts'

/** Lets what waits for the event loop go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Storages that are wrong about what is there: what is deleted, listed, swept, or won by one of many. */
export const BROKEN_SETS: Readonly<Record<string, Broken>> = {
  'whose delete is carried out later': but('a deleted session is gone at once', (right) => ({
    delete(key) {
      const live = right.live(key) !== undefined
      setImmediate(() => right.delete(key))
      return live
    },
  })),
  'that deletes too much': but('a deleted session is gone at once', (right) => ({
    delete(key) {
      const live = right.delete(key)
      right.rows.clear()
      return live
    },
  })),
  'that never says it deleted': but('deleting twice returns true, then false', (right) => ({
    delete(key) {
      right.delete(key)
      return false
    },
  })),
  'that counts on where a deleted session ended': but(
    'a key that is used again keeps nothing of the deleted session',
    (right) => {
      const ended = new Map<string, number>()
      return {
        delete(key) {
          ended.set(key, right.live(key)?.version ?? 0)
          return right.delete(key)
        },
        create(key, record) {
          const created = right.create(key, record)
          if (created) right.keep(key, record, (ended.get(key) ?? 0) + 1)
          return created
        },
      }
    },
  ),
  'that never frees a key that was rotated from': but('an old key is free for a new session', (right) => {
    const left = new Set<string>()
    return {
      create: (key, record) => !left.has(key) && right.create(key, record),
      rotate(from, to, record, expected) {
        const outcome = right.rotate(from, to, record, expected)
        if (outcome === 'ok') left.add(from)
        return outcome
      },
    }
  }),
  'that follows a session to its new key': but('no call reaches a session through its old key', (right) => {
    const moved = new Map<string, string>()
    return {
      rotate(from, to, record, expected) {
        const outcome = right.rotate(from, to, record, expected)
        if (outcome === 'ok') moved.set(from, to)
        return outcome
      },
      touch: (key, expiresAt) => right.touch(moved.get(key) ?? key, expiresAt),
    }
  }),
  'whose rotated sessions cannot be touched': but(
    'a rotated session is updated, touched and deleted through its new key',
    (right) => ({ touch: (key, expiresAt) => (right.live(key)?.version ?? 2) === 1 && right.touch(key, expiresAt) }),
  ),
  'that rotates onto its own key': but('rotate to its own key returns exists and changes nothing', (right) => ({
    rotate: (from, to, record, expected) =>
      from === to && right.update(from, record, expected) === 'ok' ? 'ok' : right.rotate(from, to, record, expected),
  })),
  'that rotates whatever the version': but(
    'rotate with another version is a conflict and changes nothing',
    (right) => ({
      rotate: (from, to, record) => right.rotate(from, to, record, right.live(from)?.version ?? 1),
    }),
  ),
  'that rotates what is not there': but('rotating an unknown or deleted session stores nothing', (right) => ({
    rotate(from, to, record, expected) {
      const outcome = right.rotate(from, to, record, expected)
      if (outcome === 'gone') right.create(to, record)
      return outcome
    },
  })),
  'whose update says conflict where there is nothing': but('an update never creates a session', (right) => ({
    update: (key, record, expected) => (right.live(key) ? right.update(key, record, expected) : 'conflict'),
  })),
  'that says it touched what is not there': but('a touch never creates a session', (right) => ({
    touch(key, expiresAt) {
      right.touch(key, expiresAt)
      return true
    },
  })),
  'that can be touched once': but('a session can be touched again and again', (right) => {
    const touched = new Set<string>()
    return {
      touch(key, expiresAt) {
        if (touched.has(key)) return right.live(key) !== undefined
        touched.add(key)
        return right.touch(key, expiresAt)
      },
    }
  }),

  'that lists the sessions of everybody': but('list returns all sessions of a subject, and no others', (right) => ({
    async *list() {
      for (const [key, row] of right.rows) yield { key, record: { ...row } }
    },
  })),
  'that lists deleted sessions': but('list never returns a deleted session', (right) => {
    const deleted = new Map<string, NonNullable<ReturnType<RightStorage['read']>>>()
    return {
      delete(key) {
        const row = right.read(key)
        if (row) deleted.set(key, row)
        return right.delete(key)
      },
      async *list(subject: string) {
        yield* right.list(subject)
        for (const [key, record] of deleted) if (record.subject === subject) yield { key, record }
      },
    }
  }),
  'that lists sessions as they were created': but(
    'list returns the current state of each session: updated and touched',
    (right) => {
      const created = new Map<string, object>()
      return {
        create(key, record) {
          created.set(key, { ...record, version: 1 })
          return right.create(key, record)
        },
        async *list(subject: string) {
          for await (const { key, record } of right.list(subject)) {
            yield { key, record: { ...record, ...created.get(key) } }
          }
        },
      }
    },
  ),
  'that lists by the first subject': but(
    'a session whose subject changes moves to the list of the new one',
    (right) => {
      const subjects = new Map<string, string | undefined>()
      return {
        create(key, record) {
          subjects.set(key, record.subject)
          return right.create(key, record)
        },
        update(key, record, expected) {
          if (!subjects.get(key)) subjects.set(key, record.subject)
          return right.update(key, record, expected)
        },
        async *list(subject: string) {
          for (const key of [...right.rows.keys()]) {
            const record = right.read(key)
            if (record && (subjects.get(key) ?? record.subject) === subject) yield { key, record }
          }
        },
      }
    },
  ),
  'that lists nothing that changed its subject': but(
    'a session whose subject changes moves to the list of the new one',
    (right) => ({
      async *list(subject: string) {
        for await (const row of right.list(subject)) if (row.record.version === 1) yield row
      },
    }),
  ),
  'that lists a rotated session twice': but('a rotated session is listed once, under its new key', (right) => ({
    async *list(subject: string) {
      for await (const row of right.list(subject)) {
        yield row
        if (row.record.version > 1) yield row
      }
    },
  })),
  'that loses its place in a list from which something goes': but(
    'every session of a subject can be deleted while it is being listed',
    (right) => ({
      async *list(subject: string) {
        for (let index = 0; index < right.rows.size; index++) {
          const key = [...right.rows.keys()][index]!
          const record = right.read(key)
          if (record?.subject === subject) yield { key, record }
        }
      },
    }),
  ),
  'that lists what there was when it began': but(
    'list never returns a session that was deleted before its turn',
    (right) => ({
      async *list(subject: string) {
        const found = [...right.rows].filter(([key]) => right.live(key)?.subject === subject)
        for (const [key, row] of found) yield { key, record: { ...row } }
      },
    }),
  ),
  'that lists a hundred': but('all sessions of a subject are listed, however many they are', (right) => ({
    async *list(subject: string) {
      let count = 0
      for await (const row of right.list(subject)) if (count++ < 100) yield row
    },
  })),
  'that lists the objects it keeps': but('changing what was listed changes nothing that is stored', (right) => ({
    async *list(subject: string) {
      for (const key of [...right.rows.keys()]) {
        const record = right.live(key)
        if (record?.subject === subject) yield { key, record }
      }
    },
  })),

  'whose sweep knows no limit': but(
    'sweep removes at most the given number of expired sessions, and returns how many it removed',
    (right) => ({ sweep: () => right.sweep() }),
  ),
  'whose sweep does not say how many': but(
    'sweep removes at most the given number of expired sessions, and returns how many it removed',
    (right) => ({
      sweep(limit) {
        right.sweep(limit)
        return 0
      },
    }),
  ),
  'whose sweep removes nothing': but(
    'sweep removes at most the given number of expired sessions, and returns how many it removed',
    () => ({ sweep: () => 0 }),
  ),
  'whose sweep is a minute early': but('sweep keeps a session that is about to expire', (right) => ({
    sweep() {
      const keys = [...right.rows].filter(([, row]) => row.expiresAt - 60_000 <= right.clock()).map(([key]) => key)
      for (const key of keys) right.rows.delete(key)
      return keys.length
    },
  })),
  'whose sweep goes by the first deadline': but('sweep keeps a touched session', (right) => {
    const first = new Map<string, number>()
    return {
      create(key, record) {
        first.set(key, record.expiresAt)
        return right.create(key, record)
      },
      sweep(limit) {
        const keys = [...right.rows.keys()].filter((key) => (first.get(key) ?? 0) <= right.clock()).slice(0, limit)
        for (const key of keys) right.rows.delete(key)
        return keys.length
      },
    }
  }),
  'whose sweeps count what another one has removed': but(
    'several sweeps at once remove each expired session once',
    (right) => ({
      async sweep(limit) {
        const keys = right.expired().slice(0, limit)
        await turn()
        for (const key of keys) right.rows.delete(key)
        return keys.length
      },
    }),
  ),
  'that sweeps where it should count': but(
    'countExpired returns how many sessions wait to be swept, and removes none',
    (right) => ({ countExpired: () => right.sweep() }),
  ),
  'that cannot be swept while it is empty': but('an empty storage can be swept', (right) => ({
    sweep(limit) {
      if (right.rows.size === 0) throw new Error('nothing to sweep')
      return right.sweep(limit)
    },
  })),

  'that looks whether a key is free, and takes it later': but(
    'of many creates at once on one key, exactly one wins',
    (right) => ({
      async create(key, record) {
        const given = { ...record }
        if (right.live(key)) return false
        await turn()
        right.keep(key, given, 1)
        return true
      },
    }),
  ),
  'that looks whether there is something to delete, and deletes it later': but(
    'of many deletes at once, exactly one says true',
    (right) => ({
      async delete(key) {
        const live = right.live(key) !== undefined
        await turn()
        right.rows.delete(key)
        return live
      },
    }),
  ),
  'that looks at a version, and rotates later': but(
    'of many rotations of one session at once, exactly one wins and one key lives',
    (right) => ({
      async rotate(from, to, record, expected) {
        const given = { ...record }
        const row = right.live(from)
        if (!row) return 'gone'
        if (row.version !== expected) return 'conflict'
        if (right.live(to)) return 'exists'
        await turn()
        right.rows.delete(from)
        right.keep(to, given, expected + 1)
        return 'ok'
      },
    }),
  ),
  'that rotates onto a key after it has looked whether it is free': but(
    'of many sessions rotated at once onto one key, exactly one gets it',
    (right) => ({
      async rotate(from, to, record, expected) {
        const given = { ...record }
        if (right.live(to)) return 'exists'
        await turn()
        if (!right.live(from)) return 'gone'
        if (right.live(from)?.version !== expected) return 'conflict'
        right.rows.delete(from)
        right.keep(to, given, expected + 1)
        return 'ok'
      },
    }),
  ),
  'that frees the old key before it looks at the new one': but(
    'two sessions rotated at once onto the keys of each other both stay',
    (right) => ({
      async rotate(from, to, record, expected) {
        const given = { ...record }
        const row = right.live(from)
        if (!row) return 'gone'
        if (row.version !== expected) return 'conflict'
        right.rows.delete(from)
        await turn()
        if (right.live(to)) {
          right.rows.set(from, row)
          return 'exists'
        }
        right.keep(to, given, expected + 1)
        return 'ok'
      },
    }),
  ),
  'that writes an update after it has looked': but(
    'no update and no touch survives a delete that races with it',
    (right) => ({
      async update(key, record, expected) {
        const given = { ...record }
        const row = right.live(key)
        if (!row) return 'gone'
        if (row.version !== expected) return 'conflict'
        await turn()
        right.keep(key, given, expected + 1)
        return 'ok'
      },
    }),
  ),
  'that writes a touch after it has looked': but('a touch that races with an update never undoes it', (right) => ({
    async touch(key, expiresAt) {
      const row = right.read(key)
      if (!row) return false
      await turn()
      right.keep(key, { ...row, expiresAt: Math.max(row.expiresAt, expiresAt) }, row.version)
      return true
    },
  })),
}
