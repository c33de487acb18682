import type { Awaitable } from '../../base/awaitable.ts'
import type { Clock } from '../../base/clock.ts'
import type { SessionStorage } from '../../contracts/storage.ts'

/** The two assertions that a scenario needs. Every test runner has them. */
export interface Assertions {
  /** Compares deeply: `t.deepEqual` of AVA, `assert.deepStrictEqual` of Node.js, `expect(…).toStrictEqual` of Vitest. */
  equal(actual: unknown, expected: unknown, message?: string): void
  /** Expects a truthy value. */
  ok(value: unknown, message?: string): void
}

/** The capabilities of the storage under test. The default of each is `true`. */
export interface StorageCapabilities {
  /** The storage has `list`. */
  readonly list?: boolean
  /** The storage has `sweep`. */
  readonly sweep?: boolean
  /** The storage has `countExpired`. */
  readonly countExpired?: boolean
  /**
   * The storage uses the clock that it is given. Set it to `false` for an engine with its own clock: scenarios then wait for real deadlines,
   * about 300 ms each, or longer on a slow machine. The clocks of the engine and of the machine that runs the suite must agree within 50 ms.
   * Scenarios that need the exact time of an expiry, or years, are left out.
   */
  readonly clock?: boolean
}

/**
 * Creates an empty storage that uses `clock`, or its own clock. Each scenario calls it once, and closes the storage. If the capability `clock`
 * is `false`, a scenario calls it again when the machine was too slow for a deadline.
 */
export type CreateStorage = (options: { clock: Clock }) => Awaitable<SessionStorage>

/** One claim, and its proof. */
export interface Scenario {
  readonly title: string
  /** The guarantee that this scenario is a part of. */
  readonly guarantee: string
  /** The capabilities that the scenario needs. */
  readonly needs: readonly (keyof StorageCapabilities)[]
  /** Rejects, or an assertion throws, if the claim is false. */
  run(t: Assertions, create: CreateStorage): Promise<void>
}
