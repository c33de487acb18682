import { toCanonicalText } from '../../wire/canonical-text.ts'
import { browserEnvironment, type Environment } from '../environment.ts'
import type { Frozen } from '../frozen.ts'
import { subscribeTo } from './subscribe.ts'
import { Persistence, type Persist } from './persistence.ts'
import { checkedKey, ReactiveValues } from './reactive-values.ts'

type Key<T> = keyof T & string
type Values<T> = Readonly<Partial<T>> | Partial<Frozen<T>>

/** The options of a `ReactiveSession`. */
export interface ReactiveSessionOptions<T extends object> {
  /** The values of keys that have none yet. */
  readonly initial?: Values<T>
  /**
   * How long values stay. `none`: with the page. `reload`: over a reload too, in this tab alone. `tab`: until the tab is
   * closed. `device`: until they are deleted, and the same in all tabs. Default: `reload`.
   */
  readonly persist?: Persist
  /** Told where the browser's storage is blocked, full, or holds what is no value. Default: nobody; it is done without. */
  readonly onError?: (error: unknown) => void
}

/** The names of the stores, by page. On a server there is no page: each request has its own stores, and no name is kept. */
const namesByPage = new WeakMap<object, Set<string>>()

/**
 * Reactive values by key, local to the browser and never sent: which row is selected, what is typed, which tab is open.
 *
 * Values are anything that has a canonical text: plain objects, arrays, strings, numbers, BigInt, Date, Map, Set. They
 * come back frozen, and the same object until another value is set. Equal is what has equal text, whatever the order of
 * keys. Any string is a key.
 *
 * A change is told in a microtask to those who have read the key, and of those who asked `equals` to the ones that asked
 * for the value it had or has now: of 10,000 rows that watch which one is selected, two run.
 *
 * @throws Error where the page has another store of this name. On a server, without a `document`, a name is not reserved.
 * @example
 * const session = new ReactiveSession<{ selected: string }>('leaderboard')
 * autorun(() => (document.title = session.get('selected') ?? 'nobody'))
 * session.set('selected', 'ada')
 */
export class ReactiveSession<T extends object> {
  readonly name: string
  /** @internal */
  readonly values: ReactiveValues = new ReactiveValues()
  readonly #names: Set<string>
  readonly #persistence: Persistence
  readonly #destroying = new AbortController()

  constructor(name: string, options?: ReactiveSessionOptions<T>)
  /** @internal */
  constructor(name: string, options: ReactiveSessionOptions<T> | undefined, environment: Environment | undefined)
  constructor(name: string, options: ReactiveSessionOptions<T> = {}, environment: Environment = browserEnvironment) {
    this.#names = namesIn(environment.document)
    if (this.#names.has(name)) throw new Error('there is a ReactiveSession of this name: share or destroy it')
    const initial = texts(options.initial ?? {})
    this.name = name
    const { persist = 'reload', onError = () => {} } = options
    this.#persistence = new Persistence(name, persist, this.values, onError, environment, this.#destroying)
    this.values.change(initial.filter(([key]) => !this.values.has(key)))
    this.#names.add(name)
  }

  /** The value, `undefined` where there is none. An autorun runs again when it changes. */
  get<K extends Key<T>>(key: K): Frozen<T[K]> | undefined {
    return this.values.get(key) as Frozen<T[K]> | undefined
  }

  /**
   * Whether the value equals this one. An autorun runs again when the value becomes this one, or was it.
   *
   * @throws TypeError where the value could not be set.
   */
  equals<K extends Key<T>>(key: K, value: T[K] | Frozen<T[K]> | undefined): boolean {
    return this.values.equals(key, value)
  }

  /** All values, frozen, the same object until one changes. An autorun runs again at any change. */
  all(): Partial<Frozen<T>> {
    return this.values.all()
  }

  /**
   * Sets one value, or several as one change. The same value again changes nothing. `undefined` is a value like others.
   *
   * @throws TypeError naming the path of what cannot be kept: functions, symbols, cycles, class instances. Nothing is set.
   */
  set<K extends Key<T>>(key: K, value: T[K] | Frozen<T[K]>): void
  set(values: Values<T>): void
  set(key: string | object, value?: unknown): void {
    this.#change(texts(key, value))
  }

  /** As `set`, where the key has no value yet. */
  setDefault<K extends Key<T>>(key: K, value: T[K] | Frozen<T[K]>): void
  setDefault(values: Values<T>): void
  setDefault(key: string | object, value?: unknown): void {
    this.#change(texts(key, value).filter(([each]) => !this.values.has(each)))
  }

  /** Whether there was one to delete. */
  delete(key: Key<T>): boolean {
    const existed = this.values.has(checkedKey(key))
    this.#change([[key, null]])
    return existed
  }

  /** Deletes all values. */
  clear(): void {
    this.#change(this.values.removals())
  }

  /** Gives the name free, and empties the store. What the browser has stored stays: `clear` it before to delete that too. */
  destroy(): void {
    if (this.#isDestroyed) return
    this.#destroying.abort()
    this.#names.delete(this.name)
    this.clear()
  }

  /**
   * Calls the listener at once, and again in a microtask after changes: of one key, or of any. Returns a function that ends
   * it. May be passed on without its object. Svelte and React's `useSyncExternalStore` call it as it is.
   *
   * @throws what the listener throws when it is called at once, and TypeError where it is no function.
   */
  readonly subscribe: Subscribe<T> = subscribeTo(this.values, () => this.all())

  /** All values, as `all` gives them; no autorun depends on it. May be passed on without its object. */
  readonly getSnapshot = (): Partial<Frozen<T>> => this.values.snapshot()

  get #isDestroyed(): boolean {
    return this.#destroying.signal.aborted
  }

  #change(changes: (readonly [key: string, text: string | null])[]): void {
    this.values.change(changes)
    if (!this.#isDestroyed) for (const [key] of changes) this.#persistence.changed(key)
  }
}

/**
 * The two forms of `subscribe`. The one that frameworks know comes last: there TypeScript looks where it infers the type of
 * a store. Svelte passes `invalidate`, which is not called.
 */
export interface Subscribe<T extends object> {
  <K extends Key<T>>(key: K, listener: (value: Frozen<T[K]> | undefined) => void): () => void
  (listener: (values: Partial<Frozen<T>>) => void, invalidate?: () => void): () => void
}

function namesIn(page: object | undefined): Set<string> {
  const names = (page && namesByPage.get(page)) ?? new Set()
  if (page) namesByPage.set(page, names)
  return names
}

/** All texts before any is set, so that what cannot be kept changes nothing. */
function texts(key: string | object, value?: unknown): [key: string, text: string][] {
  const entries = typeof key === 'object' ? entriesOf(key) : ([[key, value]] as const)
  return entries.map(([each, one]) => [checkedKey(each), toCanonicalText(one)])
}

function entriesOf(values: object): [key: string, value: unknown][] {
  if (!isPlain(values)) throw new TypeError('several values are set with a plain object of keys and values')
  return Object.entries(values)
}

function isPlain(values: object | null): boolean {
  if (values === null || Object.getOwnPropertySymbols(values).length > 0) return false
  const prototype: unknown = Object.getPrototypeOf(values)
  return prototype === Object.prototype || prototype === null
}
