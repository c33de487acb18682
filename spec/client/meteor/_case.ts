import { ReactiveSession, type ReactiveSessionOptions } from 'koa-typed-sessions/client'

/** What a case of Meteor's is checked with: in Node by AVA, in a page without it. */
export interface Check {
  is(actual: unknown, expected: unknown, message?: string): void
  deepEqual(actual: unknown, expected: unknown, message?: string): void
  throws(f: () => unknown, message?: string): void
  /** What was reported, as no caller could catch it. */
  readonly errors: unknown[]
}

/** The cases by name. Each runs without a page, and in one. */
export type Cases = Readonly<Record<string, (t: Check) => void | Promise<void>>>

let count = 0

/** A `ReactiveDict` of Meteor's. */
export function dict(
  initial: Record<string, unknown> = {},
  options: ReactiveSessionOptions<Record<string, unknown>> = {},
): ReactiveSession<Record<string, unknown>> {
  return new ReactiveSession(`meteor ${++count}`, { persist: 'none', ...options, initial })
}

/** A `Tracker.Dependency` of Meteor's: one key of a store. */
export class Dependency {
  readonly #session = dict()
  #changes = 0

  depend(): void {
    this.#session.get('key')
  }

  changed(): void {
    this.#session.set('key', ++this.#changes)
  }

  get hasDependents(): boolean {
    return this.#session.values.dependencies.size > 0
  }
}
