import type { Scenario } from './scenario.ts'
import { copying } from './storage-scenarios/copying.ts'
import { creating } from './storage-scenarios/creating.ts'
import { deleting } from './storage-scenarios/deleting.ts'
import { expiring } from './storage-scenarios/expiring.ts'
import { listing } from './storage-scenarios/listing.ts'
import { racing } from './storage-scenarios/racing.ts'
import { rotating } from './storage-scenarios/rotating.ts'
import { sweeping } from './storage-scenarios/sweeping.ts'
import { touching } from './storage-scenarios/touching.ts'
import { updating } from './storage-scenarios/updating.ts'

/** What the storage under test has. Everything is expected unless it is `false`. */
export interface StorageCapabilities {
  /** It has `list`. */
  readonly list?: boolean
  /** It has `sweep`. */
  readonly sweep?: boolean
  /** It goes by the clock that it is given; `false` for an engine that goes by its own. */
  readonly clock?: boolean
}

/**
 * The conformance suite of `SessionStorage`: what every engine must do, as plain data for any test runner.
 * Each scenario makes a storage of its own, which must be empty, and closes it. All of them take about a second.
 *
 * @example
 * import assert from 'node:assert'
 * import { test } from 'node:test'
 * import { memoryStorage } from 'koa-typed-sessions'
 * import { storageScenarios } from 'koa-typed-sessions/testing'
 *
 * for (const scenario of storageScenarios()) {
 *   test(scenario.title, () => scenario.run({ equal: assert.deepStrictEqual, ok: assert.ok }, memoryStorage))
 * }
 */
export function storageScenarios(capabilities: StorageCapabilities = {}): readonly Scenario[] {
  const all = [creating, expiring, updating, touching, deleting, rotating, copying, listing, sweeping, racing].flat()
  return all.filter(({ needs }) => needs.every((capability) => capabilities[capability] !== false))
}
