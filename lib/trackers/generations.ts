import { andThen, type Awaitable } from '../base/awaitable.ts'
import { NEVER, type Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import { SessionConflictError } from '../errors.ts'
import { writeData } from '../lifecycle/envelope.ts'
import type { StorageAccess } from './storage-access.ts'

const ATTEMPTS = 100

/**
 * A number per subject that each of its tokens carries, and that grows when all of them are revoked: what carries an earlier
 * one is no session. It counts, so no clock has a say in it.
 *
 * Kept without an expiry, in a storage that does not evict: a generation that is lost makes revoked tokens good again.
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

  /** The generation that is good now: 0 where nothing was ever revoked. */
  current(subject: string, asked: boolean): Awaitable<number> {
    const read = (): Awaitable<SessionRecord | null> => this.#storage.read(this.#key(subject))
    return andThen(asked ? this.#access.run(read) : this.#access.brief(read), (record) => record?.version ?? 0)
  }

  /** Begins another generation, and says which. */
  async advance(subject: string): Promise<number> {
    const key = this.#key(subject)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const record = await this.#access.run(() => this.#storage.read(key))
      const version = (record?.version ?? 0) + 1
      const next = {
        data: writeData(this.#random, ''),
        version,
        createdAt: this.#clock(),
        expiresAt: NEVER,
        identity: key,
      }
      const done = record
        ? (await this.#access.run(() => this.#storage.update(key, next, record.version))) === 'ok'
        : await this.#access.run(() => this.#storage.create(key, next))
      if (done) return version
    }
    throw new SessionConflictError(
      `session '${this.#session}' is being revoked by others, again and again`,
      this.#session,
    )
  }
}
