import type { Awaitable } from '../../base/awaitable.ts'
import type { Clock } from '../../base/clock.ts'
import type { SessionStorage } from '../../contracts/storage.ts'

/** The two assertions that a scenario needs, so that every test runner can give them. */
export interface Assertions {
  /** Compares deeply: `t.deepEqual` of AVA, `assert.deepStrictEqual` of Node, `expect(…).toStrictEqual` of Vitest. */
  equal(actual: unknown, expected: unknown, message?: string): void
  /** Expects something truthy. */
  ok(value: unknown, message?: string): void
}

/** What the storage under test has. Everything is expected unless it is `false`. */
export interface StorageCapabilities {
  /** It has `list`. */
  readonly list?: boolean
  /** It has `sweep`. */
  readonly sweep?: boolean
  /** It has `countExpired`. */
  readonly countExpired?: boolean
  /**
   * It goes by the clock that it is given. `false` for an engine that goes by its own: scenarios wait for real deadlines then, some
   * 300 ms each, and longer where the machine is too slow for that. The clocks of the engine and of the machine that runs the
   * suite must agree within 50 ms. A scenario that needs the very instant of an expiry, or years, is left out.
   */
  readonly clock?: boolean
}

/**
 * Makes an empty storage that goes by `clock`, or by its own clock. Each scenario calls it once, and closes the storage. Where the
 * capability `clock` is `false`, a scenario calls it again if the machine was too slow for a deadline.
 */
export type CreateStorage = (options: { clock: Clock }) => Awaitable<SessionStorage>

/** One sentence that must be true, and what proves it. It rejects, or an assertion throws, where it is not. */
export interface Scenario {
  readonly title: string
  /** What is promised, of which this is a part: scenarios of one guarantee belong together. */
  readonly guarantee: string
  /** The capabilities without which it is left out. */
  readonly needs: readonly (keyof StorageCapabilities)[]
  run(t: Assertions, create: CreateStorage): Promise<void>
}
