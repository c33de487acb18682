import type { Awaitable } from '../base/awaitable.ts'
import type { Clock } from '../base/clock.ts'
import type { SessionStorage } from '../contracts/storage.ts'

/** The two assertions that a scenario needs, so that every test runner can give them. */
export interface Assertions {
  /** Compares deeply: `t.deepEqual` of AVA, `assert.deepStrictEqual` of Node, `expect(…).toStrictEqual` of Vitest. */
  equal(actual: unknown, expected: unknown, message?: string): void
  /** Expects something truthy. */
  ok(value: unknown, message?: string): void
}

/** Makes an empty storage that goes by `clock`. Called once by each scenario, which also closes what it was given. */
export type CreateStorage = (options: { clock: Clock }) => Awaitable<SessionStorage>

/** One sentence that must be true, and what proves it. It rejects, or an assertion throws, where it is not. */
export interface Scenario {
  readonly title: string
  /** What is promised, of which this is a part: scenarios of one guarantee belong together. */
  readonly guarantee: string
  run(t: Assertions, create: CreateStorage): Promise<void>
}
