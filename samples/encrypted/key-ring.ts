import { randomBytes } from 'node:crypto'

const KEPT = 3

/** Keys that are rotated while the app runs. Here they are in memory; a real app has them from a secret store. */
export class KeyRing {
  #keys: readonly string[] = [newKey()]

  /** The first key writes, all read. Always a new array after a rotation: that is how the library sees it. */
  readonly keys = (): readonly string[] => this.#keys

  /** What the oldest key has made can no longer be opened once it is dropped: keep it as long as a session lives. */
  rotate(): void {
    this.#keys = [newKey(), ...this.#keys].slice(0, KEPT)
  }
}

function newKey(): string {
  return randomBytes(32).toString('base64url')
}
