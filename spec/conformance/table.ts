// Runs the suite on every engine, and writes into README what came of it.
import { writeFileSync } from 'node:fs'
import { ENGINES } from './_engines.ts'
import { resultsOf } from './_outcomes.ts'
import { README, readReadme, withTable } from './_readme-table.ts'

const missing = ENGINES.filter((engine) => engine.missing !== undefined)
if (missing.length > 0) {
  throw new Error(missing.map(({ name, missing: why }) => `${name}: ${why}`).join('; '))
}

const table = new Map<string, ReadonlyMap<string, string>>()
for (const engine of ENGINES) {
  const results = await resultsOf(engine)
  table.set(engine.name, new Map(Array.from(results, ([guarantee, { cell }]) => [guarantee, cell])))
  for (const { failures } of results.values()) {
    for (const failure of failures) console.error(`${engine.name}: ${failure}`)
    if (failures.length > 0) process.exitCode = 1
  }
}
writeFileSync(README, withTable(readReadme(), table))
