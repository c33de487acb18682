import type { SessionStorage } from '../../contracts/storage.ts'
import { Recency, type Recent } from '../recency.ts'

/** A key that is being watched, or is about to be. */
interface Followed extends Recent<Followed> {
  readonly key: string
  readonly leave: Promise<(() => Promise<void>) | undefined>
}

/**
 * Watches the keys that a cache holds, so that what another process writes or destroys is forgotten as soon as the message comes.
 * Never more than `max` keys: the one that was read least recently is left. Where watching fails, a later `follow` tries again.
 */
export class FollowedKeys {
  readonly #watch: NonNullable<SessionStorage['watch']>
  readonly #max: number
  readonly #keys = new Map<string, Followed>()
  readonly #recency = new Recency<Followed>()

  constructor(watch: NonNullable<SessionStorage['watch']>, max: number) {
    this.#watch = watch
    this.#max = max
  }

  follow(key: string): void {
    const known = this.#keys.get(key)
    if (known) return this.#recency.use(known)
    const { oldest } = this.#recency
    if (this.#keys.size >= this.#max && oldest) this.#leave(oldest)
    const leave = this.#watch([key], (_, what) => {
      if (what === 'gone') this.#leave(followed)
    }).catch(() => this.#drop(followed))
    const followed: Followed = { key, leave, older: undefined, newer: undefined }
    this.#keys.set(key, followed)
    this.#recency.add(followed)
  }

  clear(): void {
    for (const followed of [...this.#keys.values()]) this.#leave(followed)
  }

  #leave(followed: Followed): void {
    this.#drop(followed)
    // A connection that fails has nothing to be left.
    void followed.leave.then((stop) => stop?.()).catch(() => undefined)
  }

  #drop(followed: Followed): undefined {
    if (this.#keys.get(followed.key) !== followed) return
    this.#keys.delete(followed.key)
    this.#recency.remove(followed)
  }
}
