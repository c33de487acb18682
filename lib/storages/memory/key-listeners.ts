type Listener = (key: string, what: 'changed' | 'gone') => void

/** Who wants to know what becomes of which key. Costs nothing where nobody does. */
export class KeyListeners {
  readonly #listeners = new Map<string, Set<Listener>>()

  /** Gives what ends the listening. */
  add(keys: readonly string[], listener: Listener): () => void {
    // One of its own, so that who listens twice may leave once.
    const own: Listener = (key, what) => listener(key, what)
    for (const key of keys) this.#listeners.set(key, (this.#listeners.get(key) ?? new Set()).add(own))
    return () => {
      for (const key of keys) {
        const listeners = this.#listeners.get(key)
        if (listeners?.delete(own) && listeners.size === 0) this.#listeners.delete(key)
      }
    }
  }

  /** Tells those who listen, when the verb that is under way has ended: what they do must not come into the middle of it. */
  tell(key: string, what: 'changed' | 'gone'): void {
    if (this.#listeners.size === 0) return
    for (const listener of this.#listeners.get(key) ?? []) {
      queueMicrotask(() => {
        if (this.#listeners.get(key)?.has(listener)) listener(key, what)
      })
    }
  }

  clear(): void {
    this.#listeners.clear()
  }
}
