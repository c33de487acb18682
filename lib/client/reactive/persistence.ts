import type { Environment, WebStorage } from '../environment.ts'
import type { ReactiveValues } from './reactive-values.ts'
import { callSafely } from './report.ts'

/**
 * How long values stay: `none`: with the page. `reload`: over a reload too, of this tab alone. `tab`: until the tab is
 * closed. `device`: until they are deleted, and the same in all tabs.
 */
export type Persist = 'none' | 'reload' | 'tab' | 'device'

interface PageEvent {
  /** Whether the page was kept as it is, for the Back button. */
  readonly persisted: boolean
}

interface StorageEvent {
  readonly storageArea: unknown
  readonly key: string | null
}

/**
 * Keeps a store's values in the browser's storage. An error of that storage (blocked, full, holding what is no value) goes
 * to `onError`, and the store works without it.
 */
export class Persistence {
  readonly #persist: Persist
  readonly #prefix: string
  readonly #values: ReactiveValues
  readonly #onError: (error: unknown) => void
  readonly #environment: Environment
  /** The keys that were in the storage when this page looked last. */
  readonly #stored = new Set<string>()
  /** Whether this page was kept for the Back button, and is shown again. */
  #isKept = false

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
    this.#takeAll()
    const on = (type: string, listener: (event: StorageEvent & PageEvent) => void): void =>
      environment.addEventListener(type, listener, destroying)
    if (persist === 'reload') {
      on('pagehide', () => this.#save())
      on('storage', (event) => this.#takeLate(event))
    } else on('storage', (event) => this.#follow(event))
    on('pageshow', ({ persisted }) => {
      // This page was kept for the Back button. It was not told of what other pages have stored meanwhile.
      if (persisted) this.#takeAll()
      this.#isKept = persisted
    })
  }

  /** One value is another one now, or is gone. */
  changed(key: string): void {
    if (this.#persist === 'tab' || this.#persist === 'device') this.#write(key)
  }

  #save(): void {
    this.#use((storage) => this.#empty(storage))
    for (const key of this.#values.keys()) this.#write(key)
  }

  /** Takes what is stored, and deletes what was stored and is no more. A value that was never stored stays. */
  #takeAll(): void {
    this.#use((storage) => {
      const items = Array.from(this.#stored, (key) => this.#prefix + key)
      for (const item of new Set([...items, ...Object.keys(storage)])) this.#take(item, storage)
      if (this.#persist === 'reload') this.#empty(storage)
    })
  }

  /** Another page has changed one item, or, where there is no key, has removed all. */
  #follow({ storageArea, key }: StorageEvent): void {
    this.#use((storage) => {
      if (storageArea !== storage) return
      if (key === null) this.#values.change(this.#values.removals())
      else this.#take(key, storage)
    })
  }

  /** The page that was left with the Back button may store its values only after this one is shown. */
  #takeLate({ storageArea, key }: StorageEvent): void {
    this.#use((storage) => {
      if (!this.#isKept || storageArea !== storage || !key?.startsWith(this.#prefix)) return
      if (storage.getItem(key) === null) return
      this.#take(key, storage)
      storage.removeItem(key)
      this.#stored.delete(key.slice(this.#prefix.length))
    })
  }

  /** The stored text counts, and not the one of an event: that comes late, and two pages may have set at once. */
  #take(item: string, storage: WebStorage): void {
    if (!item.startsWith(this.#prefix)) return
    const key = item.slice(this.#prefix.length)
    const text = storage.getItem(item)
    this.#note(key, text !== null)
    callSafely(() => this.#values.change([[key, text]]), this.#onError)
  }

  /** Values that a page has left behind are for the next page, and for none after that. */
  #empty(storage: WebStorage): void {
    for (const item of Object.keys(storage)) if (item.startsWith(this.#prefix)) storage.removeItem(item)
    this.#stored.clear()
  }

  /** Each by itself: one that is too large keeps no other one from being stored. */
  #write(key: string): void {
    this.#use((storage) => {
      const item = this.#prefix + key
      const isThere = this.#values.has(key)
      try {
        if (isThere) storage.setItem(item, this.#values.textOf(key))
        else storage.removeItem(item)
        this.#note(key, isThere)
      } catch (error) {
        // Else the value before would be taken for this one.
        this.#note(key, false)
        storage.removeItem(item)
        throw error
      }
    })
  }

  #note(key: string, isStored: boolean): void {
    if (isStored) this.#stored.add(key)
    else this.#stored.delete(key)
  }

  #use(f: (storage: WebStorage) => void): void {
    callSafely(() => {
      // The property itself throws where the user has blocked it.
      const storage = this.#environment[this.#persist === 'device' ? 'localStorage' : 'sessionStorage']
      if (storage) f(storage)
    }, this.#onError)
  }
}
