import { andThen, type Awaitable } from '../base/awaitable.ts'
import type { Clock } from '../base/clock.ts'
import { randomText, type Random } from '../base/random.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import type { Change, Row, Saved, SessionTracker, Tracked } from '../contracts/tracker.ts'
import { SessionConfigError } from '../errors.ts'
import { readData, writeData } from '../lifecycle/envelope.ts'
import { isExpired, type Lifetimes } from '../lifecycle/lifetimes.ts'
import type { Ids } from './id.ts'
import { RetryingStorage } from './retrying-storage.ts'
import { StorageAccess } from './storage-access.ts'
import { canList, SubjectRows } from './subject-rows.ts'
import { StoredTickets } from './tickets.ts'
import { keyWatch } from './key-watch.ts'

/** How often a new id is tried where the storage says that it is taken: with 256 random bits it never is. */
const ATTEMPTS = 4
const IDENTITY_BYTES = 16

/** What a session by id is made of. */
export interface ById {
  readonly name: string
  readonly storage: SessionStorage
  readonly ids: Ids
  readonly lifetimes: Lifetimes
  readonly clock: Clock
  readonly random: Random
}

/** The token is an id; the session is in a storage, under the hash of the id. */
export function byId({ name, storage, ids, lifetimes, clock, random }: ById): SessionTracker {
  const access = new StorageAccess(name, clock)
  const rows = new RetryingStorage(storage, access)
  const watchKey = keyWatch(storage, access)
  const subjects = canList(storage) ? new SubjectRows(name, storage, access) : undefined

  function found(id: string, key: string, record: SessionRecord | null): Tracked | Refused {
    if (record === null) return refuse('unknown-id')
    const text = readData(record.data)
    if (text === null) return refuse('invalid-value')
    if (isExpired(lifetimes, record, clock())) return refuse('expired')
    return tracked(text, { id, key, record })
  }

  function recordOf(change: Change, version: number, identity: string): SessionRecord {
    const { createdAt, expiresAt, subject } = change
    const data = writeData(random, change.text)
    const record = { data, version, createdAt, expiresAt, identity }
    return subject === undefined ? record : { ...record, subject }
  }

  function create(change: Change, id: string, identity: string, attempt = 1): Awaitable<Saved> {
    const record = recordOf(change, 1, identity)
    const key = ids.key(id)
    return andThen(rows.create(key, record), (created) =>
      created
        ? tracked(change.text, { id, key, record })
        : create(change, another(change, attempt), identity, attempt + 1),
    )
  }

  function replace(change: Change, row: Row): Awaitable<Saved> {
    const { version, identity } = row.record
    const record = recordOf(change, version + 1, identity)
    return andThen(rows.update(row.key, record, version), (outcome) =>
      outcome === 'ok' ? tracked(change.text, { ...row, record }) : outcome,
    )
  }

  function move(change: Change, row: Row, id: string, attempt = 1): Awaitable<Saved> {
    const { version, identity } = row.record
    const record = recordOf(change, version + 1, identity)
    const key = ids.key(id)
    return andThen(rows.rotate(row.key, key, record, version), (outcome) => {
      if (outcome === 'ok') return tracked(change.text, { id, key, record })
      return outcome === 'exists' ? move(change, row, another(change, attempt), attempt + 1) : outcome
    })
  }

  /**
   * Copies the session to another id; both live then, each with its own deadline. The old one is written as it is, so that a copy
   * is made of what there is, and not of what was destroyed or changed meanwhile.
   */
  function copy(change: Change, row: Row, id: string): Awaitable<Saved> {
    const { record, key } = row
    return andThen(create(change, id, record.identity), (copied) => {
      const text = readData(record.data) ?? ''
      const same = { ...record, data: writeData(random, text), version: record.version + 1 }
      return andThen(rows.update(key, same, record.version), (outcome): Awaitable<Saved> => {
        if (outcome === 'ok') return copied
        return andThen(rows.delete(rowOf(copied as Tracked).key), () => outcome)
      })
    })
  }

  /**
   * Ends a session that is not where it was: another request gave it a new id meanwhile. (Where nobody's sessions can be
   * listed, a logout that races with a login cannot see where the session went.)
   */
  async function follow({ subject, identity }: SessionRecord): Promise<void> {
    if (subject !== undefined) await subjects?.end(subject, (record) => record.identity === identity)
  }

  function another(change: Change, attempt: number): string {
    if (attempt < ATTEMPTS) return change.newId() as string
    throw new SessionConfigError(
      `generateId of session '${name}' gave ${ATTEMPTS} ids that are taken: it repeats itself`,
      name,
    )
  }

  return {
    byId: true,
    subjects,
    watch: watchKey && ((session, listener) => watchKey(rowOf(session).key, listener)),
    tickets: new StoredTickets({ rows, ids, clock, random }),
    load(id, asked) {
      if (!ids.isWellFormed(id)) return refuse('malformed')
      const key = ids.key(id)
      return andThen(rows.read(key, asked), (record) => found(id, key, record))
    },
    token: (session) => rowOf(session).id,
    save(change) {
      const { from, id, keepOld } = change
      if (!from) return create(change, id as string, randomText(random, IDENTITY_BYTES))
      const row = rowOf(from)
      if (id === undefined) return replace(change, row)
      return keepOld ? copy(change, row, id) : move(change, row, id)
    },
    renew(session, expiresAt) {
      const row = rowOf(session)
      return andThen(rows.touch(row.key, expiresAt), (alive) =>
        alive ? tracked(session.text, { ...row, record: { ...row.record, expiresAt } }) : 'gone',
      )
    },
    destroy(id, session) {
      if (!ids.isWellFormed(id)) return
      return andThen(rows.delete(ids.key(id)), (deleted) =>
        deleted || !session ? undefined : follow(rowOf(session).record),
      )
    },
  }
}

function tracked(text: string, row: Row): Tracked {
  return { text, createdAt: row.record.createdAt, expiresAt: row.record.expiresAt, row }
}

function rowOf(session: Tracked): Row {
  return session.row as Row
}
