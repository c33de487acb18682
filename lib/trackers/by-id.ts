import { andThen, type Awaitable } from '../base/awaitable.ts'
import type { Clock } from '../base/clock.ts'
import { randomText, type Random } from '../base/random.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import type { Change, Row, Saved, SessionTracker, Tracked } from '../contracts/tracker.ts'
import { SessionConfigError } from '../errors.ts'
import { readData, readMarks, writeData } from '../formats/envelope.ts'
import { currentDeadline, isExpired, keptIdle, type Lifetimes } from '../base/expiry.ts'
import type { Ids } from './id.ts'
import { RetryingStorage } from './retrying-storage.ts'
import { StorageAccess } from './storage-access.ts'
import { canList, SubjectRows, type Ended } from './subject-rows.ts'
import { StoredTickets } from './tickets.ts'
import { Twins } from './twins.ts'
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
  const twins = new Twins({ rows, ids, clock, random })
  const watchKey = keyWatch(storage, access)
  const subjects = canList(storage) ? new SubjectRows(name, storage, access, isAlive, end) : undefined

  function found(id: string, key: string, record: SessionRecord | null): Tracked | Refused {
    if (record === null) return refuse('unknown-id')
    const text = readData(record.data)
    if (text === null) return refuse('invalid-value')
    const session = tracked(text, { id, key, record }, lifetimes)
    return isExpired(lifetimes, session, clock()) ? refuse('expired') : session
  }

  /** Whether a row that is there is a session: one of several ids is none where another of them was destroyed. */
  function isAlive(key: string, { data, identity }: SessionRecord, asked: boolean): Awaitable<boolean> {
    return !readMarks(data).twin || twins.areAlive(identity, key, asked)
  }

  function recordOf(change: Change, version: number, identity: string, twin: boolean): SessionRecord {
    const { createdAt, expiresAt, subject, idle } = change
    const data = writeData(random, change.text, { idle, twin })
    const record = { data, version, createdAt, expiresAt, identity }
    return subject === undefined ? record : { ...record, subject }
  }

  function create(change: Change, id: string, identity: string, twin: boolean, attempt = 1): Awaitable<Saved> {
    const record = recordOf(change, 1, identity, twin)
    const key = ids.key(id)
    return andThen(rows.create(key, record), (created) =>
      created
        ? tracked(change.text, { id, key, record }, lifetimes)
        : create(change, another(change, attempt), identity, twin, attempt + 1),
    )
  }

  function replace(change: Change, row: Row): Awaitable<Saved> {
    const { version, identity, data } = row.record
    const { twin = false } = readMarks(data)
    const record = recordOf(change, version + 1, identity, twin)
    const alive = twin ? extend(row, change.expiresAt) : true
    return andThen(alive, (yes) =>
      andThen(yes ? rows.update(row.key, record, version) : 'gone', (outcome) =>
        outcome === 'ok' ? tracked(change.text, { ...row, record }, lifetimes) : outcome,
      ),
    )
  }

  function move(change: Change, row: Row, id: string, attempt = 1): Awaitable<Saved> {
    const { version, identity, data } = row.record
    const { twin = false } = readMarks(data)
    const record = recordOf(change, version + 1, identity, twin)
    const key = ids.key(id)
    const alive = twin ? extend(row, change.expiresAt, key) : true
    return andThen(alive, (yes) =>
      andThen(yes ? rows.rotate(row.key, key, record, version) : 'gone', (outcome) => {
        if (outcome === 'ok') return tracked(change.text, { id, key, record }, lifetimes)
        return outcome === 'exists' ? move(change, row, another(change, attempt), attempt + 1) : outcome
      }),
    )
  }

  /**
   * Copies the session to another id; both live then, each with its own deadline, until one of them is destroyed. The old one is
   * written as it is, so that a copy is made of what there is, and not of what was destroyed or changed meanwhile.
   */
  async function copy(change: Change, row: Row, id: string): Promise<Saved> {
    const { record, key } = row
    const { identity, expiresAt, version } = record
    const marks = readMarks(record.data)
    const copied = await create(change, id, identity, true)
    const to = rowOf(copied as Tracked).key
    const place = { key: to, deadline: change.expiresAt }
    const alive = await twins.add(identity, { key, deadline: expiresAt }, place, marks.twin !== true)
    const data = writeData(random, readData(record.data) ?? '', { ...marks, twin: true })
    const outcome = alive ? await rows.update(key, { ...record, data, version: version + 1 }, version) : 'gone'
    if (outcome === 'ok') return copied
    await twins.drop(identity, to)
    await rows.delete(to)
    return outcome
  }

  /** Notes a twin's deadline, and the key that it may move to, before they change. `false`: the session has been destroyed. */
  async function extend({ key, record }: Row, expiresAt: number, to?: string): Promise<boolean> {
    const { identity } = record
    return (await twins.areAlive(identity, key, true)) && twins.extend(identity, key, expiresAt, to)
  }

  /** Ends the session of a row, with all its ids; where it is the spared one, under whatever id by now, only its other ids. */
  function end(key: string, { data, identity }: SessionRecord, spared?: Row): Awaitable<Ended> {
    const except = spared?.record.identity === identity ? spared.key : undefined
    const remove = (): Awaitable<Ended> => andThen(rows.delete(key), (deleted) => (deleted ? 'deleted' : 'missing'))
    if (!readMarks(data).twin) return except === undefined ? remove() : 'spared'
    return andThen(twins.end(identity, except), (living) => (living.includes(key) ? 'spared' : remove()))
  }

  /**
   * Ends a session that is not where it was: another request gave it a new id meanwhile. (Where nobody's sessions can be
   * listed, a logout that races with a login cannot see where the session went.)
   */
  async function follow({ subject, identity }: SessionRecord): Promise<void> {
    if (subject !== undefined) await subjects?.end(subject, (record) => record.identity === identity)
  }

  /**
   * Renews a session that was made when the definition had another idle timeout: what it was made with is written as well, and the
   * deadline may come earlier than the row says, which a `touch` cannot do.
   */
  function rewrite(session: Tracked, row: Row, expiresAt: number): Awaitable<Tracked | 'gone'> {
    const { version, data } = row.record
    const marks = { ...readMarks(data), idle: keptIdle(lifetimes) }
    const record = { ...row.record, data: writeData(random, session.text, marks), expiresAt, version: version + 1 }
    return andThen(rows.update(row.key, record, version), (outcome) => {
      // The other request that wrote it meanwhile has renewed it as well.
      if (outcome === 'conflict') return session
      return outcome === 'ok' ? tracked(session.text, { ...row, record }, lifetimes) : outcome
    })
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
      return andThen(rows.read(key, asked), (record) => {
        const session = found(id, key, record)
        if (session.refused !== undefined) return session
        return andThen(isAlive(key, record as SessionRecord, asked), (alive) =>
          alive ? session : refuse('unknown-id'),
        )
      })
    },
    token: (session) => rowOf(session).id,
    save(change) {
      const { from, id, keepOld } = change
      if (!from) return create(change, id as string, randomText(random, IDENTITY_BYTES), false)
      const row = rowOf(from)
      if (id === undefined) return replace(change, row)
      return keepOld ? copy(change, row, id) : move(change, row, id)
    },
    renew(session, expiresAt) {
      const row = rowOf(session)
      const { record, key } = row
      const { twin } = readMarks(record.data)
      return andThen(twin ? extend(row, expiresAt) : true, (alive) => {
        if (!alive) return 'gone'
        if (session.idle !== undefined && session.idle !== keptIdle(lifetimes)) return rewrite(session, row, expiresAt)
        return andThen(rows.touch(key, expiresAt), (there) =>
          there ? tracked(session.text, { ...row, record: { ...record, expiresAt } }, lifetimes) : 'gone',
        )
      })
    },
    destroy(id, session) {
      if (!ids.isWellFormed(id)) return
      if (!session) return andThen(rows.delete(ids.key(id)), () => undefined)
      const { key, record } = rowOf(session)
      return andThen(end(key, record), (ended) => (ended === 'deleted' ? undefined : follow(record)))
    },
  }
}

function tracked(text: string, row: Row, lifetimes: Lifetimes): Tracked {
  const { createdAt, expiresAt, data } = row.record
  const { idle } = readMarks(data)
  return { text, createdAt, expiresAt: currentDeadline(lifetimes, { createdAt, expiresAt, idle }), idle, row }
}

function rowOf(session: Tracked): Row {
  return session.row as Row
}
