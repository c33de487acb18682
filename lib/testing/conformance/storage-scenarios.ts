import type { Scenario, StorageCapabilities } from './scenario.ts'
import { copying } from './scenarios/copying.ts'
import { creating } from './scenarios/creating.ts'
import { deleting } from './scenarios/deleting.ts'
import { linearizable } from './scenarios/linearizable.ts'
import { expiring } from './scenarios/expiring.ts'
import { listing } from './scenarios/listing.ts'
import { racing } from './scenarios/racing.ts'
import { revoking } from './scenarios/revoking.ts'
import { rotating } from './scenarios/rotating.ts'
import { playInMovedTime, playInRealTime, type StorageScenario } from './scenarios/stage.ts'
import { sweeping } from './scenarios/sweeping.ts'
import { touching } from './scenarios/touching.ts'
import { updating } from './scenarios/updating.ts'

/** The guarantees of every storage, and the scenarios that prove them. */
const GUARANTEES: Readonly<Record<string, readonly StorageScenario[]>> = {
  'a key that is taken stays as it is': creating,
  'destroyed means destroyed': deleting,
  'no update is lost in silence': updating,
  'a renewal never creates and never shortens': touching,
  'a new id kills the old one in the same step': rotating,
  'expired means gone': expiring,
  'records come back exactly, and are shared with no caller': copying,
  'every race has one winner': racing,
  'concurrent calls on one key are linearizable': linearizable,
  'the sessions of a subject are listed': listing,
  'ending all sessions of a subject misses none': revoking,
  'a sweep removes expired sessions, and no others': sweeping,
}

/**
 * The conformance suite of `SessionStorage`: what every storage must do, as plain data for any test runner. Each scenario creates its own
 * storage, which must be empty, and closes it. All of them together take about a second, or about ten seconds if the engine uses its own
 * clock. They may run concurrently.
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
  const play = capabilities.clock === false ? playInRealTime : playInMovedTime
  return Object.entries(GUARANTEES).flatMap(([guarantee, scenarios]) =>
    scenarios
      .filter(({ needs }) => needs.every((capability) => capabilities[capability] !== false))
      .map((scenario) => ({
        title: scenario.title,
        guarantee,
        needs: scenario.needs,
        run: (t, create) => play(scenario, t, create),
      })),
  )
}
