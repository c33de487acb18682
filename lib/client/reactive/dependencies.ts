import type { Computation } from './computation.ts'
import { currentComputation } from './current-computation.ts'

/** Which computations depend on which topic. A topic is kept only while a computation depends on it. */
export class Dependencies {
  readonly #dependents = new Map<string, Set<Computation>>()

  /** How many topics have dependents. */
  get size(): number {
    return this.#dependents.size
  }

  depend(topic: string): void {
    const computation = currentComputation()
    if (!computation) return
    const dependents = this.#dependents.get(topic) ?? new Set()
    if (dependents.has(computation)) return
    this.#dependents.set(topic, dependents.add(computation))
    computation.onInvalidate(() => {
      dependents.delete(computation)
      if (dependents.size === 0) this.#dependents.delete(topic)
    })
  }

  /** Invalidates the dependents of each topic. The map's values are the changed keys, which loop errors name. */
  changed(topics: ReadonlyMap<string, string>): void {
    for (const [topic, key] of topics) {
      for (const computation of [...(this.#dependents.get(topic) ?? [])]) computation.invalidate(key)
    }
  }
}
