/** What `watch` tells its caller about a key. */
export type KeyEvent = 'changed' | 'gone'
/** The listener that a caller passes to `watch`. */
export type KeyListener = (key: string, what: KeyEvent) => void

interface Watched {
  readonly key: string
  readonly listeners: Set<KeyListener>
}

/** The listeners of each key, found by the name under which the engine announces the key. Costs nothing while there are none. */
export class KeyListeners {
  readonly #watched = new Map<string, Watched>()
  readonly #nameOf: (key: string) => string

  constructor(nameOf: (key: string) => string) {
    this.#nameOf = nameOf
  }

  /** How many keys have listeners. */
  get size(): number {
    return this.#watched.size
  }

  has(name: string): boolean {
    return this.#watched.has(name)
  }

  /** The names of all keys that have listeners. */
  names(): string[] {
    return [...this.#watched.keys()]
  }

  /** Returns the function that removes the listener again. */
  add(keys: readonly string[], listener: KeyListener): () => void {
    // A function of its own for each call, so that two calls with the same listener are removed separately.
    const own: KeyListener = (key, what) => listener(key, what)
    for (const key of keys) {
      const name = this.#nameOf(key)
      const watched = this.#watched.get(name)
      if (watched === undefined) this.#watched.set(name, { key, listeners: new Set([own]) })
      else watched.listeners.add(own)
    }
    return () => {
      for (const key of keys) {
        const name = this.#nameOf(key)
        const listeners = this.#watched.get(name)?.listeners
        if (listeners?.delete(own) && listeners.size === 0) this.#watched.delete(name)
      }
    }
  }

  /** Calls the listeners in a microtask, after the storage operation in progress: a listener may use the storage. */
  notify(name: string, what: KeyEvent): void {
    if (this.#watched.size === 0) return
    const watched = this.#watched.get(name)
    if (watched === undefined) return
    for (const listener of watched.listeners) {
      queueMicrotask(() => {
        if (this.#watched.get(name)?.listeners.has(listener)) listener(watched.key, what)
      })
    }
  }

  clear(): void {
    this.#watched.clear()
  }
}
