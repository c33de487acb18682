import { andThen, type Awaitable } from '../base/awaitable.ts'
import { randomText } from '../base/random.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { RotateOutcome } from '../contracts/storage.ts'
import type { Change, Row, Saved, Tracked } from '../contracts/tracker.ts'
import { SessionConfigError } from '../errors.ts'
import { readData, readMarks, writeData } from '../formats/envelope.ts'
import { keptIdle } from '../base/expiry.ts'
import type { ByIdParts } from './by-id-parts.ts'
import { foundSession, rowOf } from './found-session.ts'
import type { Twins } from './twins.ts'

/** How many new ids are tried if the storage has a session with that id. With 256 random bits it never has. */
const ATTEMPTS = 4
const IDENTITY_BYTES = 16

/** Writes sessions by id. Each write is a compare-and-set on the version that was read. */
export class RowWriter {
  readonly #parts: ByIdParts
  readonly #twins: Twins

  constructor(parts: ByIdParts, twins: Twins) {
    this.#parts = parts
    this.#twins = twins
  }

  /** Stores a new session. */
  create(
    change: Change,
    id: string,
    identity: string = randomText(this.#parts.random, IDENTITY_BYTES),
    twin = false,
    attempt = 1,
  ): Awaitable<Tracked> {
    const { storage, keys, lifetimes } = this.#parts
    const record = this.#record(change, 1, identity, twin)
    const key = keys.key(id)
    return andThen(storage.create(key, record), (created) =>
      created
        ? foundSession(change.text, { id, key, record }, change.idle, lifetimes)
        : this.create(change, this.#otherId(change, attempt), identity, twin, attempt + 1),
    )
  }

  /** Writes a session. With `id`, it moves to that id. */
  write(change: Change, row: Row, id?: string, attempt = 1): Awaitable<Saved> {
    const { storage, keys, lifetimes } = this.#parts
    const { version, identity, data } = row.record
    const { twin = false } = readMarks(data)
    const key = id === undefined ? row.key : keys.key(id)
    const write = (alive: boolean): Awaitable<Saved> => {
      if (!alive) return 'gone'
      const record = this.#record(change, version + 1, identity, twin)
      const written: Awaitable<RotateOutcome> =
        id === undefined ? storage.update(key, record, version) : storage.rotate(row.key, key, record, version)
      return andThen(written, (outcome) => {
        if (outcome === 'exists') return this.write(change, row, this.#otherId(change, attempt), attempt + 1)
        return outcome === 'ok'
          ? foundSession(change.text, { id: id ?? row.id, key, record }, change.idle, lifetimes)
          : outcome
      })
    }
    return twin ? this.#twins.extend(row, change.expiresAt, key).then(write) : write(true)
  }

  /**
   * Copies a session to another id. Both ids live, each with its own deadline, until one of them is destroyed. The old row is
   * written unchanged, so that the copy fails if the session was destroyed or changed meanwhile.
   */
  async copy(change: Change, row: Row, id: string): Promise<Saved> {
    const { storage, random } = this.#parts
    const { record, key } = row
    const { identity, expiresAt, version } = record
    const marks = readMarks(record.data)
    const copied = await this.create(change, id, identity, true)
    const to = rowOf(copied).key
    const place = { key: to, deadline: change.expiresAt }
    const alive = await this.#twins.add(identity, { key, deadline: expiresAt }, place, marks.twin !== true)
    const data = writeData(random, readData(record.data) ?? '', { ...marks, twin: true })
    const outcome = alive ? await storage.update(key, { ...record, data, version: version + 1 }, version) : 'gone'
    if (outcome === 'ok') return copied
    await this.#twins.drop(identity, to)
    await storage.delete(to)
    return outcome
  }

  /** Moves the deadline of a session. */
  renew(session: Tracked, expiresAt: number): Awaitable<Tracked | 'gone'> {
    const { storage, lifetimes } = this.#parts
    const row = rowOf(session)
    const { record, key } = row
    const touch = (alive: boolean): Awaitable<Tracked | 'gone'> => {
      if (!alive) return 'gone'
      if (session.idle !== undefined && session.idle !== keptIdle(lifetimes)) return this.#rewrite(session, expiresAt)
      return andThen(storage.touch(key, expiresAt), (found) =>
        found
          ? foundSession(session.text, { ...row, record: { ...record, expiresAt } }, session.idle, lifetimes)
          : 'gone',
      )
    }
    return readMarks(record.data).twin ? this.#twins.extend(row, expiresAt).then(touch) : touch(true)
  }

  /**
   * Renews a session that was written under another idle timeout of the definition: the record gets the current one, and the deadline
   * may move earlier, which `touch` cannot do.
   */
  #rewrite(session: Tracked, expiresAt: number): Awaitable<Tracked | 'gone'> {
    const { storage, lifetimes, random } = this.#parts
    const row = rowOf(session)
    const { version, data } = row.record
    const idle = keptIdle(lifetimes)
    const written = writeData(random, session.text, { ...readMarks(data), idle })
    const record = { ...row.record, data: written, expiresAt, version: version + 1 }
    return andThen(storage.update(row.key, record, version), (outcome) => {
      // The request that wrote the session meanwhile has renewed it as well.
      if (outcome === 'conflict') return session
      return outcome === 'ok' ? foundSession(session.text, { ...row, record }, idle, lifetimes) : outcome
    })
  }

  #record(change: Change, version: number, identity: string, twin: boolean): SessionRecord {
    const { createdAt, expiresAt, subject, idle } = change
    const data = writeData(this.#parts.random, change.text, { idle, twin })
    const record = { data, version, createdAt, expiresAt, identity }
    return subject === undefined ? record : { ...record, subject }
  }

  #otherId(change: Change, attempt: number): string {
    if (attempt < ATTEMPTS) return change.newId() as string
    const { name } = this.#parts
    throw new SessionConfigError(
      `generateId of session '${name}' gave ${ATTEMPTS} ids that are taken: it must give a new random id each time`,
      name,
    )
  }
}
