import { toCanonicalText } from '../../wire/canonical-text.ts'
import { browserEnvironment, type Environment } from '../environment.ts'
import { SessionClientError } from '../errors.ts'
import type { Frozen } from '../frozen.ts'
import { subscribeTo } from './subscribe.ts'
import { Persistence, type Persist } from './persistence.ts'
import { checkedKey, ReactiveValues } from './reactive-values.ts'

type Key<T> = keyof T & string
type Values<T> = Readonly<Partial<T>> | Partial<Frozen<T>>

/** The options of a `ReactiveSession`. */
export interface ReactiveSessionOptions<T extends object> {
  /** Values for keys that have no stored value. */
  readonly initial?: Values<T>
  /**
   * How long values are kept. `none`: until the page is left. `reload`: also across a reload, in this tab only. `tab`:
   * until the tab is closed. `device`: until they are deleted, shared by all tabs. Default: `reload`.
   */
  readonly persist?: Persist
  /** Called if the browser's storage is blocked or full, or holds an invalid value. Default: such errors are ignored. */
  readonly onError?: (error: unknown) => void
}

/** The names of the stores, by page. A server has no page: each request has its own stores, and names are not reserved. */
const namesByPage = new WeakMap<object, Set<string>>()

/**
 * Reactive values by key, local to the browser and never sent: which row is selected, what is typed, which tab is open.
 *
 * A value can be `undefined`, null, a boolean, string, number, BigInt, Date, plain object, array, Map or Set. `get` returns it
 * frozen, and the same object until another value is set. Equality is deep, and ignores the order of an object's keys. Any
 * string can be a key.
 *
 * A change reruns, in a microtask, the autoruns that have read the key, and those that have called `equals` with its old or
 * its new value: if 10,000 rows watch which one is selected, two rerun.
 *
 * @throws SessionClientError (`ERR_REACTIVE_EXISTS`) if the page has a store of this name. Names are not reserved where there
 * is no `document`, as on a server.
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
    if (this.#names.has(name))
      throw new SessionClientError('ERR_REACTIVE_EXISTS', `ReactiveSession '${name}' exists: reuse it or destroy() it`)
    const initial = texts(options.initial ?? {})
    this.name = name
    const { persist = 'reload', onError = () => {} } = options
    this.#persistence = new Persistence(name, persist, this.values, onError, environment, this.#destroying)
    this.values.change(initial.filter(([key]) => !this.values.has(key)))
    this.#names.add(name)
  }

  /** The value, or `undefined`. Reactive: an autorun runs again when it changes. */
  get<K extends Key<T>>(key: K): Frozen<T[K]> | undefined {
    return this.values.get(key) as Frozen<T[K]> | undefined
  }

  /**
   * Whether the key has this value. Reactive: an autorun runs again when the key gets or loses this value.
   *
   * @throws TypeError if the value is one that `set` would refuse.
   */
  equals<K extends Key<T>>(key: K, value: T[K] | Frozen<T[K]> | undefined): boolean {
    return this.values.equals(key, value)
  }

  /** All values, frozen, the same object until one changes. Reactive: an autorun runs again after any change. */
  all(): Partial<Frozen<T>> {
    return this.values.all()
  }

  /**
   * Sets one value, or several as one change. Setting an equal value changes nothing. `undefined` is a value like any other.
   *
   * @throws TypeError with the path of what cannot be kept: functions, symbols, cycles, class instances. Nothing is set then.
   */
  set<K extends Key<T>>(key: K, value: T[K] | Frozen<T[K]>): void
  set(values: Values<T>): void
  set(key: string | object, value?: unknown): void {
    this.#change(texts(key, value))
  }

  /** Like `set`, but only for keys that have no value. */
  setDefault<K extends Key<T>>(key: K, value: T[K] | Frozen<T[K]>): void
  setDefault(values: Values<T>): void
  setDefault(key: string | object, value?: unknown): void {
    this.#change(texts(key, value).filter(([each]) => !this.values.has(each)))
  }

  /** Deletes the value. Returns whether there was one. */
  delete(key: Key<T>): boolean {
    const existed = this.values.has(checkedKey(key))
    this.#change([[key, null]])
    return existed
  }

  /** Deletes all values. */
  clear(): void {
    this.#change(this.values.removals())
  }

  /** Releases the name, and empties the store. Stored values stay: call `clear()` before it to delete them too. */
  destroy(): void {
    if (this.#isDestroyed) return
    this.#destroying.abort()
    this.#names.delete(this.name)
    this.clear()
  }

  /**
   * Calls the listener immediately, and in a microtask after changes: of one key, or of any. Returns a function that ends
   * the subscription. Can be passed on unbound, as to Svelte or to React's `useSyncExternalStore`.
   *
   * @throws Whatever the first call of the listener throws, and TypeError if it is not a function.
   */
  readonly subscribe: Subscribe<T> = subscribeTo(this.values, () => this.all())

  /** Like `all`, but not reactive. Can be passed on unbound. */
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
 * The two forms of `subscribe`. The form that frameworks use comes last, since TypeScript infers the type of a store from the
 * last overload. Svelte passes `invalidate`, which is ignored.
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

/** Makes all texts before any is set, so that an invalid value changes nothing. */
function texts(key: string | object, value?: unknown): [key: string, text: string][] {
  const entries = typeof key === 'object' ? entriesOf(key) : ([[key, value]] as const)
  return entries.map(([each, one]) => [checkedKey(each), toCanonicalText(one)])
}

function entriesOf(values: object): [key: string, value: unknown][] {
  if (!isPlain(values)) throw new TypeError('values must be a plain object')
  return Object.entries(values)
}

function isPlain(values: object | null): boolean {
  if (values === null || Object.getOwnPropertySymbols(values).length > 0) return false
  const prototype: unknown = Object.getPrototypeOf(values)
  return prototype === Object.prototype || prototype === null
}
