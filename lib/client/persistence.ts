import type { Environment, WebStorage } from './environment.ts'

/**
 * How long values stay: `none`: with the page. `reload`: over a reload too, of this tab alone. `tab`: until the tab is
 * closed. `device`: until they are deleted, and the same in all tabs.
 */
export type Persist = 'none' | 'reload' | 'tab' | 'device'

interface Owner {
  keys(): string[]
  textOf(key: string): string
  /** Another tab has changed it, or it was found at the start. */
  change(changes: Iterable<readonly [key: string, text: string | null]>): void
  onError(error: unknown): void
}

interface StorageEvent {
  readonly storageArea: unknown
  readonly key: string | null
  readonly newValue: string | null
}

/** Keeps a store's values where a reload leaves them. Storage that is blocked, full or spoilt is told of, and done without. */
export class Persistence {
  readonly #persist: Persist
  readonly #prefix: string
  readonly #owner: Owner
  readonly #environment: Environment
  readonly #closing = new AbortController()

  constructor(name: string, persist: Persist, owner: Owner, environment: Environment) {
    this.#persist = environment.document ? persist : 'none'
    this.#prefix = `koa-typed-sessions:${JSON.stringify(name)}:`
    this.#owner = owner
    this.#environment = environment
    if (this.#persist === 'none') return
    this.#use((storage) => {
      for (const item of Object.keys(storage)) this.#take(item, storage.getItem(item))
      if (persist === 'reload') this.#empty(storage)
    })
    const options = this.#closing
    if (persist === 'reload') environment.addEventListener('pagehide', () => this.#save(), options)
    if (persist === 'device') environment.addEventListener('storage', (event) => this.#follow(event), options)
  }

  /** One value is another one now, or is gone. */
  changed(key: string, text: string | null): void {
    if (this.#persist === 'tab' || this.#persist === 'device') this.#use((storage) => this.#write(storage, key, text))
  }

  close(): void {
    this.#closing.abort()
  }

  #save(): void {
    this.#use((storage) => {
      this.#empty(storage)
      for (const key of this.#owner.keys()) this.#write(storage, key, this.#owner.textOf(key))
    })
  }

  /** Another tab has changed one item, or, where there is no key, has removed all. */
  #follow({ storageArea, key, newValue }: StorageEvent): void {
    this.#use((storage) => {
      if (storageArea !== storage) return
      if (key === null) this.#owner.change(this.#owner.keys().map((each) => [each, null]))
      else this.#take(key, newValue)
    })
  }

  #take(item: string, text: string | null): void {
    if (!item.startsWith(this.#prefix)) return
    try {
      this.#owner.change([[item.slice(this.#prefix.length), text]])
    } catch (error) {
      this.#owner.onError(error)
    }
  }

  /** What a page has left behind is taken up by the next one, and by none after that. */
  #empty(storage: WebStorage): void {
    for (const item of Object.keys(storage)) if (item.startsWith(this.#prefix)) storage.removeItem(item)
  }

  #write(storage: WebStorage, key: string, text: string | null): void {
    if (text === null) storage.removeItem(this.#prefix + key)
    else storage.setItem(this.#prefix + key, text)
  }

  #use(f: (storage: WebStorage) => void): void {
    try {
      // The property itself throws where the user has blocked it.
      const storage = this.#environment[this.#persist === 'device' ? 'localStorage' : 'sessionStorage']
      if (storage) f(storage)
    } catch (error) {
      this.#owner.onError(error)
    }
  }
}
