import { andThen, type Awaitable } from '../base/awaitable.ts'
import { NEVER, type Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import { SessionConflictError } from '../errors.ts'
import { readData, writeData } from '../formats/envelope.ts'
import type { StorageAccess } from './storage-access.ts'

const ATTEMPTS = 100

/** How many numbers a first generation is drawn from: all are below any present time in milliseconds. */
const FIRST_BYTES = 5

/**
 * A number per subject, which each of its tokens carries: only a token with the very number that the storage has is a session.
 * Revoking all of them stores another number.
 *
 * A subject's first login stores its first number, so that a subject without one has either never signed in, or the storage has
 * lost it. Then every token that carries a number is refused, and so is one with a greater number than the storage has: no loss
 * makes a revoked token good again. A first number is random, and those that follow are at least the time in milliseconds, so
 * that none comes a second time after a loss, whatever the clock says. Numbers are kept without an expiry.
 *
 * A token from before `revocations` was configured carries none, which counts as 0: it is good until the subject has a number.
 */
export class Generations {
  readonly #session: string
  readonly #storage: SessionStorage
  readonly #access: StorageAccess
  readonly #key: (subject: string) => string
  readonly #clock: Clock
  readonly #random: Random

  constructor(
    session: string,
    storage: SessionStorage,
    access: StorageAccess,
    key: (subject: string) => string,
    clock: Clock,
    random: Random,
  ) {
    this.#session = session
    this.#storage = storage
    this.#access = access
    this.#key = key
    this.#clock = clock
    this.#random = random
  }

  /** The generation that is good now: 0 where the storage has none. */
  current(subject: string, asked: boolean): Awaitable<number> {
    const read = (): Awaitable<SessionRecord | null> => this.#storage.read(this.#key(subject))
    return andThen(asked ? this.#access.run(read) : this.#access.brief(read), generationOf)
  }

  /** The generation that a login is made in: a first one is stored where there is none. */
  begun(subject: string): Awaitable<number> {
    return andThen(this.current(subject, true), (current) => current || this.#begin(subject))
  }

  /** Begins another generation, and says which. */
  async advance(subject: string): Promise<number> {
    const key = this.#key(subject)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const record = await this.#access.run(() => this.#storage.read(key))
      const generation = Math.max(generationOf(record) + 1, this.#clock())
      const next = this.#record(key, generation, (record?.version ?? 0) + 1)
      const done = record
        ? (await this.#access.run(() => this.#storage.update(key, next, record.version))) === 'ok'
        : await this.#access.run(() => this.#storage.create(key, next))
      if (done) return generation
    }
    throw new SessionConflictError(
      `session '${this.#session}' is being revoked by others, again and again`,
      this.#session,
    )
  }

  #begin(subject: string): Awaitable<number> {
    const key = this.#key(subject)
    const generation = 1 + Buffer.from(this.#random(FIRST_BYTES)).readUIntBE(0, FIRST_BYTES)
    const created = this.#access.run(() => this.#storage.create(key, this.#record(key, generation, 1)))
    // Another request was first: a login at the same time, or a revocation, which this login comes after.
    return andThen(created, (done) => (done ? generation : this.current(subject, true)))
  }

  #record(key: string, generation: number, version: number): SessionRecord {
    const data = writeData(this.#random, String(generation))
    return { data, version, createdAt: this.#clock(), expiresAt: NEVER, identity: key }
  }
}

/** The number in a record; in one of an earlier release, which had only its version, that. */
function generationOf(record: SessionRecord | null): number {
  if (record === null) return 0
  const generation = Number(readData(record.data))
  return Number.isSafeInteger(generation) && generation > 0 ? generation : record.version
}
