// Runs the suite on every engine, and writes into README what came of it.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { storageScenarios } from 'koa-typed-sessions/testing'
import { declared, ENGINES, MARKERS, tableOf, type Engine, type Teardown } from './_engines.ts'

const README = new URL('../../README.md', import.meta.url)

const missing = ENGINES.filter((engine) => engine.missing !== undefined)
if (missing.length > 0) {
  throw new Error(missing.map(({ name, missing: why }) => `${name}: ${why}`).join('; '))
}

/** The guarantees that an engine does not keep. */
async function broken(engine: Engine): Promise<Set<string>> {
  const undo: (() => unknown)[] = []
  const until: Teardown = { teardown: (step) => void undo.unshift(step) }
  const t = { equal: assert.deepStrictEqual, ok: assert.ok }
  const guarantees = new Set<string>()
  try {
    const create = await engine.start(until)
    for (const { title, guarantee, run } of storageScenarios(engine.capabilities)) {
      try {
        await run(t, create)
      } catch (error) {
        guarantees.add(guarantee)
        console.error(`${engine.name}: ${title}:`, error)
      }
    }
  } finally {
    for (const step of undo) await step()
  }
  return guarantees
}

const results = new Map<Engine, Set<string>>()
for (const engine of ENGINES) results.set(engine, await broken(engine))

const table = tableOf((guarantee, engine) =>
  results.get(engine)?.has(guarantee) ? 'failed' : declared(guarantee, engine),
)
const readme = readFileSync(README, 'utf8')
const [start, end] = MARKERS.map((marker) => readme.indexOf(marker)) as [number, number]
assert.ok(start !== -1 && start < end, `README.md has not the lines ${MARKERS.join(' and ')}`)
writeFileSync(README, `${readme.slice(0, start)}${MARKERS[0]}\n${table}\n${readme.slice(end)}`)
if (table.includes('failed')) process.exitCode = 1
