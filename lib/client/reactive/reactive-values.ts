import { fromCanonicalText, toCanonicalText } from '../../wire/canonical-text.ts'
import { Dependencies } from './dependencies.ts'

interface Kept {
  readonly text: string
  readonly value: unknown
}

/** The topic of all values. */
export const ALL = ''
const NOTHING = toCanonicalText(undefined)

/** The topic of a key, or of one value of it. No two have one name, as a JSON string tells where it ends. */
function topic(key: string, text = ''): string {
  return JSON.stringify(checkedKey(key)) + text
}

/** @throws TypeError for a key that is no string, which TypeScript refuses. */
export function checkedKey(key: string): string {
  if (typeof key !== 'string') throw new TypeError(`a key is a string, and not a ${typeof key}`)
  return key
}

/**
 * Values by key, kept as canonical text, and who depends on which: on a key, on whether a key has one certain value, on
 * all. A change of a key is told to those alone who asked for the key, the value it had, or the value it gets.
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

  /** The changes that leave nothing. */
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

  /** What is not there is `undefined`. */
  textOf(key: string): string {
    return this.#kept.get(key)?.text ?? NOTHING
  }

  /** All values, frozen, the same object until one changes. */
  all(): object {
    this.dependencies.depend(ALL)
    return this.snapshot()
  }

  snapshot(): object {
    // Defines each property, where an assignment to `__proto__` would set the prototype.
    this.#snapshot ??= Object.freeze(Object.fromEntries(Array.from(this.#kept, ([key, { value }]) => [key, value])))
    return this.#snapshot
  }

  /**
   * Makes several changes as one: the new text by key, `null` where the key is to go. Gives the topics whose dependents are
   * to be told, each with the key that it is about.
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
