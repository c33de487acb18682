import { fromCanonicalText, toCanonicalText } from '../../wire/canonical-text.ts'
import { Dependencies } from './dependencies.ts'

interface Kept {
  readonly text: string
  readonly value: unknown
}

/** The topic of any change. */
export const ALL = ''
const NOTHING = toCanonicalText(undefined)

/** The topic of a key, or of one value of it. Unique, since the key is a JSON string, which marks its own end. */
function topic(key: string, text = ''): string {
  return JSON.stringify(checkedKey(key)) + text
}

/** @throws TypeError if the key is not a string. TypeScript callers cannot get here. */
export function checkedKey(key: string): string {
  if (typeof key !== 'string') throw new TypeError(`a key must be a string, not ${typeof key}`)
  return key
}

/**
 * Values by key, kept with their canonical text, and their dependents. A computation depends on a key, on whether a key has
 * a certain value, or on any change. A change invalidates the dependents of the key, of its old value and of its new one.
 */
export class ReactiveValues {
  readonly dependencies: Dependencies = new Dependencies()
  readonly #kept = new Map<string, Kept>()
  #snapshot: object | undefined

  has(key: string): boolean {
    return this.#kept.has(key)
  }

  keys(): string[] {
    return [...this.#kept.keys()]
  }

  /** The changes that remove all values. */
  removals(): [key: string, text: null][] {
    return this.keys().map((key) => [key, null])
  }

  get(key: string): unknown {
    this.dependencies.depend(topic(key))
    return this.#kept.get(key)?.value
  }

  equals(key: string, value: unknown): boolean {
    const text = toCanonicalText(value)
    this.dependencies.depend(topic(key, text))
    return this.textOf(key) === text
  }

  /** A missing value counts as `undefined`. */
  textOf(key: string): string {
    return this.#kept.get(key)?.text ?? NOTHING
  }

  /** All values, frozen, the same object until one changes. */
  all(): object {
    this.dependencies.depend(ALL)
    return this.snapshot()
  }

  snapshot(): object {
    // `fromEntries` defines each property. An assignment to `__proto__` would set the prototype.
    this.#snapshot ??= Object.freeze(Object.fromEntries(Array.from(this.#kept, ([key, { value }]) => [key, value])))
    return this.#snapshot
  }

  /**
   * Applies several changes at once: the new text by key, `null` to remove the key. Returns the topics to invalidate, each
   * with its key.
   */
  assign(changes: Iterable<readonly [key: string, text: string | null]>): Map<string, string> {
    const topics = new Map<string, string>()
    for (const [key, text] of changes) {
      const before = this.textOf(key)
      const after = text ?? NOTHING
      if (this.has(key) === (text !== null) && before === after) continue
      this.#snapshot = undefined
      topics.set(ALL, key)
      if (text === null) this.#kept.delete(key)
      else this.#kept.set(key, { text, value: fromCanonicalText(text) })
      if (before !== after)
        for (const each of [topic(key), topic(key, before), topic(key, after)]) topics.set(each, key)
    }
    return topics
  }

  change(changes: Iterable<readonly [key: string, text: string | null]>): void {
    this.dependencies.changed(this.assign(changes))
  }
}
