import { andThen, isPromise, type Awaitable } from '../base/awaitable.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type {
  Change,
  Patience,
  Saved,
  SessionTracker,
  SubjectSessions,
  Tickets,
  Tracked,
} from '../contracts/tracker.ts'
import { readData, readMarks } from '../formats/envelope.ts'
import { isExpired } from '../base/expiry.ts'
import type { ByIdParts } from './by-id-parts.ts'
import { foundSession, rowOf } from './found-session.ts'
import { RowWriter } from './row-writer.ts'
import { StoredSubjectSessions } from './subject-sessions.ts'
import { StoredTickets } from './tickets.ts'
import { Twins } from './twins.ts'

/** The token is an id. The session is in a storage, under a hash of the id. */
export class ById implements SessionTracker {
  readonly byId = true
  readonly subjects: SubjectSessions | undefined
  readonly watch: SessionTracker['watch']
  readonly tickets: Tickets
  readonly #parts: ByIdParts
  readonly #twins: Twins
  readonly #writer: RowWriter

  constructor(parts: ByIdParts) {
    const { name, storage } = parts
    const { list, watch } = storage
    this.#parts = parts
    this.#twins = new Twins(parts)
    this.#writer = new RowWriter(parts, this.#twins)
    this.tickets = new StoredTickets(parts)
    this.subjects = list && new StoredSubjectSessions(name, list, this.#twins)
    this.watch = watch && ((session, listener) => watch([rowOf(session).key], (_, what) => listener(what)))
  }

  load(id: string, patience: Patience): Awaitable<Tracked | Refused> {
    const { keys, storage } = this.#parts
    if (!keys.isWellFormed(id)) return refuse('malformed')
    const key = keys.key(id)
    const record = storage.read(key, patience)
    return isPromise(record)
      ? record.then((read) => this.#found(id, key, read, patience))
      : this.#found(id, key, record, patience)
  }

  token(session: Tracked): string {
    return rowOf(session).id
  }

  save(change: Change): Awaitable<Saved> {
    const { from, id, keepOld } = change
    if (!from) return this.#writer.create(change, id as string)
    const row = rowOf(from)
    return keepOld && id !== undefined ? this.#writer.copy(change, row, id) : this.#writer.write(change, row, id)
  }

  renew(session: Tracked, expiresAt: number): Awaitable<Tracked | 'gone'> {
    return this.#writer.renew(session, expiresAt)
  }

  destroy(id: string, session: Tracked | null): Awaitable<void> {
    const { keys, storage } = this.#parts
    if (!keys.isWellFormed(id)) return
    if (!session) return andThen(storage.delete(keys.key(id)), () => undefined)
    const { key, record } = rowOf(session)
    return andThen(this.#twins.end(key, record), (ended) => (ended === 'deleted' ? undefined : this.#follow(record)))
  }

  #found(id: string, key: string, record: SessionRecord | null, patience: Patience): Awaitable<Tracked | Refused> {
    const { lifetimes, clock } = this.#parts
    if (record === null) return refuse('unknown-id')
    const text = readData(record.data)
    if (text === null) return refuse('invalid-value')
    const { idle, twin } = readMarks(record.data)
    const session = foundSession(text, { id, key, record }, idle, lifetimes)
    if (isExpired(lifetimes, session, clock())) return refuse('expired')
    if (!twin) return session
    return andThen(this.#twins.areAlive(key, record, patience), (alive) => (alive ? session : refuse('unknown-id')))
  }

  /**
   * Deletes a session whose id another request changed meanwhile, found by its identity. Without `subject`, or in a storage that
   * cannot list, it stays: a logout that races with a login cannot see where the session went.
   */
  async #follow({ subject, identity }: SessionRecord): Promise<void> {
    if (subject !== undefined) await this.subjects?.end(subject, (record) => record.identity === identity)
  }
}
