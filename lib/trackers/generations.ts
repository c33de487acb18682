import { andThen, type Awaitable } from '../base/awaitable.ts'
import { NEVER, type Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { Patience } from '../contracts/tracker.ts'
import { SessionConflictError } from '../errors.ts'
import { readData, writeData } from '../formats/envelope.ts'
import type { StorageClient } from './storage-client.ts'

/** How often a revocation is tried if others come first. */
const ATTEMPTS = 100

/** Random bytes of a first generation: it is below any current time in milliseconds. */
const FIRST_BYTES = 5

/**
 * The generation of a subject: a number in the storage that each of the subject's tokens repeats. A token is valid while both are
 * equal. A revocation stores another number.
 *
 * A subject's first login stores the first number. If a token has a number and the storage has none, or a smaller one, the
 * storage has lost data, and the token is refused: a loss makes no revoked token valid again. The first number is random and the
 * following ones are at least the time in milliseconds, so that no number repeats after a loss, even if the clock was wrong.
 * Numbers never expire.
 *
 * A token from before `revocations` was configured has no number, which counts as 0: it is valid until the subject has a number.
 */
export class Generations {
  readonly #session: string
  readonly #storage: StorageClient
  readonly #key: (subject: string) => string
  readonly #clock: Clock
  readonly #random: Random

  constructor(session: string, storage: StorageClient, key: (subject: string) => string, clock: Clock, random: Random) {
    this.#session = session
    this.#storage = storage
    this.#key = key
    this.#clock = clock
    this.#random = random
  }

  /** The current generation; 0 if the storage has none. */
  current(subject: string, patience: Patience): Awaitable<number> {
    return andThen(this.#storage.read(this.#key(subject), patience), generationOf)
  }

  /** The generation for a login. Stores a first one if there is none. */
  begun(subject: string): Awaitable<number> {
    return andThen(this.current(subject, 'full'), (current) => current || this.#begin(subject))
  }

  /** Starts another generation, and returns it. */
  async advance(subject: string): Promise<number> {
    const key = this.#key(subject)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const record = await this.#storage.read(key)
      const generation = Math.max(generationOf(record) + 1, this.#clock())
      const next = this.#record(key, generation, (record?.version ?? 0) + 1)
      const done = record
        ? (await this.#storage.update(key, next, record.version)) === 'ok'
        : await this.#storage.create(key, next)
      if (done) return generation
    }
    throw new SessionConflictError(
      `session '${this.#session}' is being revoked by other requests all the time: try again later`,
      this.#session,
    )
  }

  #begin(subject: string): Awaitable<number> {
    const key = this.#key(subject)
    const generation = 1 + Buffer.from(this.#random(FIRST_BYTES)).readUIntBE(0, FIRST_BYTES)
    const created = this.#storage.create(key, this.#record(key, generation, 1))
    // Another request came first: a login, or a revocation, which this login follows.
    return andThen(created, (done) => (done ? generation : this.current(subject, 'full')))
  }

  #record(key: string, generation: number, version: number): SessionRecord {
    const data = writeData(this.#random, String(generation))
    return { data, version, createdAt: this.#clock(), expiresAt: NEVER, identity: key }
  }
}

/** The number in a record. Records of earlier releases have only their version. */
function generationOf(record: SessionRecord | null): number {
  if (record === null) return 0
  const generation = Number(readData(record.data))
  return Number.isSafeInteger(generation) && generation > 0 ? generation : record.version
}
