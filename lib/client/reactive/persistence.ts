import type { Environment, WebStorage } from '../environment.ts'
import type { ReactiveValues } from './reactive-values.ts'
import { callSafely } from './report.ts'

/**
 * How long values are kept. `none`: until the page is left. `reload`: also across a reload, in this tab only. `tab`: until
 * the tab is closed. `device`: until they are deleted, shared by all tabs.
 */
export type Persist = 'none' | 'reload' | 'tab' | 'device'

interface PageEvent {
  /** Whether the page goes into, or comes from, the back/forward cache. */
  readonly persisted: boolean
}

interface StorageEvent {
  readonly storageArea: unknown
  readonly key: string | null
}

/**
 * Keeps a store's values in the browser's storage. If the storage is blocked or full, or holds an invalid value, `onError` is
 * called and the store works without it.
 */
export class Persistence {
  readonly #persist: Persist
  readonly #prefix: string
  readonly #values: ReactiveValues
  readonly #onError: (error: unknown) => void
  readonly #environment: Environment
  /** The keys that the storage held when this page last used it. */
  readonly #stored = new Set<string>()
  /** Whether this page was restored from the back/forward cache. */
  #isRestored = false

  constructor(
    name: string,
    persist: Persist,
    values: ReactiveValues,
    onError: (error: unknown) => void,
    environment: Environment,
    destroying: AbortController,
  ) {
    this.#persist = environment.document ? persist : 'none'
    this.#prefix = `koa-typed-sessions:${JSON.stringify(name)}:`
    this.#values = values
    this.#onError = onError
    this.#environment = environment
    if (this.#persist === 'none') return
    this.#loadAll()
    const on = (type: string, listener: (event: StorageEvent & PageEvent) => void): void =>
      environment.addEventListener(type, listener, destroying)
    if (persist === 'reload') {
      on('pagehide', () => this.#save())
      on('storage', (event) => this.#loadLate(event))
    } else on('storage', (event) => this.#follow(event))
    on('pageshow', ({ persisted }) => {
      // A page in the back/forward cache gets no `storage` events.
      if (persisted) this.#loadAll()
      this.#isRestored = persisted
    })
  }

  /** A value was set or removed. */
  changed(key: string): void {
    if (this.#persist === 'tab' || this.#persist === 'device') this.#write(key)
  }

  #save(): void {
    this.#use((storage) => this.#removeAll(storage))
    for (const key of this.#values.keys()) this.#write(key)
  }

  /** Loads all stored values, and removes values that are no longer stored. A value that was never stored stays. */
  #loadAll(): void {
    this.#use((storage) => {
      const items = Array.from(this.#stored, (key) => this.#prefix + key)
      for (const item of new Set([...items, ...Object.keys(storage)])) this.#load(item, storage)
      if (this.#persist === 'reload') this.#removeAll(storage)
    })
  }

  /** Another page has changed one item, or has removed all (the event has no key then). */
  #follow({ storageArea, key }: StorageEvent): void {
    this.#use((storage) => {
      if (storageArea !== storage) return
      if (key === null) this.#values.change(this.#values.removals())
      else this.#load(key, storage)
    })
  }

  /** After Back, the page that was left may store its values only after this one is shown. */
  #loadLate({ storageArea, key }: StorageEvent): void {
    this.#use((storage) => {
      if (!this.#isRestored || storageArea !== storage || !key?.startsWith(this.#prefix)) return
      if (storage.getItem(key) === null) return
      this.#load(key, storage)
      storage.removeItem(key)
      this.#stored.delete(key.slice(this.#prefix.length))
    })
  }

  /** Reads the storage instead of the event: events are late, and two pages may have written at once. */
  #load(item: string, storage: WebStorage): void {
    if (!item.startsWith(this.#prefix)) return
    const key = item.slice(this.#prefix.length)
    const text = storage.getItem(item)
    this.#setStored(key, text !== null)
    callSafely(() => this.#values.change([[key, text]]), this.#onError)
  }

  /** Removes stored values, since only the next page may load what a page has left. */
  #removeAll(storage: WebStorage): void {
    for (const item of Object.keys(storage)) if (item.startsWith(this.#prefix)) storage.removeItem(item)
    this.#stored.clear()
  }

  /** Stores values one by one, so that one that is too large does not affect the others. */
  #write(key: string): void {
    this.#use((storage) => {
      const item = this.#prefix + key
      const isThere = this.#values.has(key)
      try {
        if (isThere) storage.setItem(item, this.#values.textOf(key))
        else storage.removeItem(item)
        this.#setStored(key, isThere)
      } catch (error) {
        // Otherwise the previous value would be loaded in place of this one.
        this.#setStored(key, false)
        storage.removeItem(item)
        throw error
      }
    })
  }

  #setStored(key: string, isStored: boolean): void {
    if (isStored) this.#stored.add(key)
    else this.#stored.delete(key)
  }

  #use(f: (storage: WebStorage) => void): void {
    callSafely(() => {
      // Reading the property throws if the user has blocked storage.
      const storage = this.#environment[this.#persist === 'device' ? 'localStorage' : 'sessionStorage']
      if (storage) f(storage)
    }, this.#onError)
  }
}
