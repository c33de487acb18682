import type { Environment, WebStorage } from './environment.ts'
import type { ReactiveValues } from './reactive-values.ts'
import { attempt } from './report.ts'

/**
 * How long values stay: `none`: with the page. `reload`: over a reload too, of this tab alone. `tab`: until the tab is
 * closed. `device`: until they are deleted, and the same in all tabs.
 */
export type Persist = 'none' | 'reload' | 'tab' | 'device'

interface StorageEvent {
  readonly storageArea: unknown
  readonly key: string | null
}

/** Keeps a store's values where a reload leaves them. Storage that is blocked, full or spoilt is told of, and done without. */
export class Persistence {
  readonly #persist: Persist
  readonly #prefix: string
  readonly #values: ReactiveValues
  readonly #onError: (error: unknown) => void
  readonly #environment: Environment

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
    this.#use((storage) => {
      for (const item of Object.keys(storage)) this.#take(item, storage)
      if (persist === 'reload') this.#empty(storage)
    })
    if (persist === 'reload') environment.addEventListener('pagehide', () => this.#save(), destroying)
    else environment.addEventListener('storage', (event) => this.#follow(event), destroying)
  }

  /** One value is another one now, or is gone. */
  changed(key: string): void {
    if (this.#persist === 'tab' || this.#persist === 'device') this.#write(key)
  }

  #save(): void {
    this.#use((storage) => this.#empty(storage))
    for (const key of this.#values.keys()) this.#write(key)
  }

  /** Another page has changed one item, or, where there is no key, has removed all. */
  #follow({ storageArea, key }: StorageEvent): void {
    this.#use((storage) => {
      if (storageArea !== storage) return
      if (key === null) this.#values.change(this.#values.removals())
      else this.#take(key, storage)
    })
  }

  /** What is kept now counts, and not what an event says: that comes late, and two pages may have set at once. */
  #take(item: string, storage: WebStorage): void {
    if (!item.startsWith(this.#prefix)) return
    attempt(() => this.#values.change([[item.slice(this.#prefix.length), storage.getItem(item)]]), this.#onError)
  }

  /** What a page has left behind is taken up by the next one, and by none after that. */
  #empty(storage: WebStorage): void {
    for (const item of Object.keys(storage)) if (item.startsWith(this.#prefix)) storage.removeItem(item)
  }

  /** Each by itself: one that is too large keeps no other one from being kept. */
  #write(key: string): void {
    this.#use((storage) => {
      if (this.#values.has(key)) storage.setItem(this.#prefix + key, this.#values.textOf(key))
      else storage.removeItem(this.#prefix + key)
    })
  }

  #use(f: (storage: WebStorage) => void): void {
    attempt(() => {
      // The property itself throws where the user has blocked it.
      const storage = this.#environment[this.#persist === 'device' ? 'localStorage' : 'sessionStorage']
      if (storage) f(storage)
    }, this.#onError)
  }
}
