import assert from 'node:assert/strict'
import { storageScenarios, type Scenario, type StorageCapabilities } from 'koa-typed-sessions/testing'
import type { Engine, Runs, Teardown } from './_engines.ts'

/** What came of one scenario on an engine: it was run and passed, it failed, or it was not run, for a reason. */
type Outcome = { readonly failure?: string; readonly notRun?: string }

/** What came of a guarantee, as a cell of README's table says it, and what went wrong. */
export interface Result {
  readonly cell: string
  readonly failures: readonly string[]
}

/** All guarantees, in the order in which the suite tells them. */
export const GUARANTEES: readonly string[] = [...new Set(storageScenarios().map(({ guarantee }) => guarantee))]

/** Runs the suite on an engine, all scenarios at once, and gives what came of each guarantee. */
export async function resultsOf(engine: Engine): Promise<ReadonlyMap<string, Result>> {
  const undo: (() => unknown)[] = []
  const until: Teardown = { teardown: (step) => void undo.unshift(step) }
  try {
    const runs = await engine.start(until)
    const all = storageScenarios()
    const outcomes = await Promise.all(all.map(({ title, needs }) => outcomeOf(title, needs, engine, runs)))
    return new Map(
      GUARANTEES.map((guarantee) => [
        guarantee,
        resultOf(outcomes.filter((_, index) => all[index]?.guarantee === guarantee)),
      ]),
    )
  } finally {
    for (const step of undo) await step()
  }
}

/** Runs one scenario in each way that the engine allows. */
async function outcomeOf(title: string, needs: Scenario['needs'], { without }: Engine, runs: Runs): Promise<Outcome> {
  const lacking = needs.map((need) => without[need]).find((reason) => reason !== undefined)
  if (lacking !== undefined) return { notRun: lacking }
  const ways = [
    [runs.atGivenTime, {}],
    [runs.inRealTime, { clock: false }],
  ] as const satisfies readonly (readonly [Runs[keyof Runs], StorageCapabilities])[]
  let wasRun = false
  for (const [create, capabilities] of ways) {
    const scenario = storageScenarios(capabilities).find((one) => one.title === title)
    if (create === undefined || scenario === undefined) continue
    wasRun = true
    try {
      await scenario.run({ equal: assert.deepStrictEqual, ok: assert.ok }, create)
    } catch (error) {
      return { failure: `${title}: ${String(error)}` }
    }
  }
  return wasRun ? {} : { notRun: 'no clock that can be set' }
}

function resultOf(outcomes: readonly Outcome[]): Result {
  const failures = outcomes.flatMap(({ failure }) => failure ?? [])
  const reasons = outcomes.flatMap(({ notRun }) => notRun ?? [])
  const ran = outcomes.length - reasons.length
  if (failures.length > 0) return { cell: `${failures.length} of ${ran} failed`, failures }
  if (ran === 0) return { cell: `not applicable: ${[...new Set(reasons)].join(', ')}`, failures }
  return { cell: reasons.length === 0 ? 'passed' : `${ran} of ${outcomes.length} passed`, failures }
}
