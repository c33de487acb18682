import type { SessionStorage } from '../../contracts/storage.ts'
import { LeastRecentlyUsed, type Linked } from '../shared/least-recently-used.ts'

/** A key that is watched, or about to be. */
interface Followed extends Linked<Followed> {
  readonly key: string
  readonly stop: Promise<(() => Promise<void>) | undefined>
}

/**
 * Watches the cached keys, so that a change by another process takes effect as soon as the message arrives. At most `max` keys: the
 * least recently read one is dropped. If watching a key fails, the next `follow` tries again.
 */
export class FollowedKeys {
  readonly #watch: NonNullable<SessionStorage['watch']>
  readonly #max: number
  readonly #keys = new Map<string, Followed>()
  readonly #usage = new LeastRecentlyUsed<Followed>()

  constructor(watch: NonNullable<SessionStorage['watch']>, max: number) {
    this.#watch = watch
    this.#max = max
  }

  follow(key: string): void {
    const known = this.#keys.get(key)
    if (known) return this.#usage.use(known)
    const { oldest } = this.#usage
    if (this.#keys.size >= this.#max && oldest) this.#unfollow(oldest)
    const stop = this.#watch([key], (_, what) => {
      if (what === 'gone') this.#unfollow(followed)
    }).catch(() => this.#drop(followed))
    const followed: Followed = { key, stop, older: undefined, newer: undefined }
    this.#keys.set(key, followed)
    this.#usage.add(followed)
  }

  clear(): void {
    for (const followed of [...this.#keys.values()]) this.#unfollow(followed)
  }

  #unfollow(followed: Followed): void {
    this.#drop(followed)
    // If stopping fails, the connection is broken, and watches nothing.
    void followed.stop.then((stop) => stop?.()).catch(() => undefined)
  }

  #drop(followed: Followed): undefined {
    if (this.#keys.get(followed.key) !== followed) return
    this.#keys.delete(followed.key)
    this.#usage.remove(followed)
  }
}
