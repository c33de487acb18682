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

/** What every storage promises, and what proves it. */
const GUARANTEES: Readonly<Record<string, readonly StorageScenario[]>> = {
  'a key that is taken stays as it is': creating,
  'destroyed means destroyed': deleting,
  'no update is lost in silence': updating,
  'a renewal never creates and never shortens': touching,
  'a new id kills the old one in the same step': rotating,
  'expired means gone': expiring,
  'what is kept comes back exactly, and is shared with nobody': copying,
  'every race has one winner': racing,
  'some order explains what everybody was told': linearizable,
  'the sessions of a subject are listed': listing,
  'none of them escapes who ends them all': revoking,
  'the expired are swept, the living never': sweeping,
}

/**
 * The conformance suite of `SessionStorage`: what every engine must do, as plain data for any test runner.
 * Each scenario makes a storage of its own, which must be empty, and closes it. All of them take about a second, and some ten
 * seconds where the engine goes by its own clock; they may run at once.
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
