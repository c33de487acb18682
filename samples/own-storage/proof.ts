import assert from 'node:assert/strict'
import { storageScenarios, type CreateStorage } from 'koa-typed-sessions/testing'

/** What the suite says of one guarantee. */
export interface Proof {
  readonly guarantee: string
  readonly passed: number
  /** The titles of the scenarios that it does not pass. */
  readonly failed: string[]
}

/** Runs the conformance suite, as a test runner would. */
export async function prove(create: CreateStorage): Promise<Proof[]> {
  const t = { equal: assert.deepStrictEqual, ok: assert.ok }
  const proofs = new Map<string, Proof>()
  for (const scenario of storageScenarios({ list: false, sweep: false })) {
    const { title, guarantee } = scenario
    const { passed, failed } = proofs.get(guarantee) ?? { passed: 0, failed: [] }
    const error = await scenario.run(t, create).then(() => undefined, String)
    proofs.set(guarantee, {
      guarantee,
      passed: passed + (error === undefined ? 1 : 0),
      failed: error === undefined ? failed : [...failed, title],
    })
  }
  return [...proofs.values()]
}
