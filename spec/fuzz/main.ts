import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'

/*
 * npm run fuzz -- [--runs 5000000] [--seed 1] [--only records] [--path "0:1"]
 *
 * Runs the properties of this folder on as many cases as are asked for. `--only` is what a file's name begins with, or a part of a title; `--seed`
 * and `--path` are what a failure prints, and bring its counter-example again.
 */

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string' },
    path: { type: 'string' },
    only: { type: 'string', default: '' },
  },
})

const { runs, seed, path, only } = values
for (const [name, number] of Object.entries({ runs, seed })) {
  if (number !== undefined && !/^\d+$/.test(number)) throw new Error(`--${name} takes a whole number, not '${number}'`)
}

const files = readdirSync('spec/fuzz').filter((name) => name.endsWith('.spec.ts') && name.startsWith(only))
const which = files.length > 0 ? files.map((name) => `spec/fuzz/${name}`) : ['spec/fuzz/*.spec.ts', `--match=*${only}*`]
const { status } = spawnSync('node_modules/.bin/ava', ['--timeout=24h', '--concurrency=1', ...which], {
  stdio: 'inherit',
  env: {
    ...process.env,
    FUZZ_RUNS: runs,
    ...(seed !== undefined && { FUZZ_SEED: seed }),
    ...(path !== undefined && { FUZZ_PATH: path }),
  },
})
process.exitCode = status ?? 1
