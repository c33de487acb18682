import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

/*
 * npm run fuzz -- [--runs 5000000] [--seed 1] [--only records] [--path "0:1"]
 *
 * Runs the properties of this folder on as many cases as are asked for. `--only` is a part of a file's name or of a title; `--seed`
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

const args = ['node_modules/ava/entrypoints/cli.mjs', '--timeout=24h', '--concurrency=1', 'spec/fuzz/*.spec.ts']
// AVA writes the file's name in front of a title only where it shows it.
if (only !== '') args.push(`--match=*${only}*`)
const { status } = spawnSync(process.execPath, args, {
  stdio: 'inherit',
  env: {
    ...process.env,
    FUZZ_RUNS: runs,
    ...(seed !== undefined && { FUZZ_SEED: seed }),
    ...(path !== undefined && { FUZZ_PATH: path }),
  },
})
process.exitCode = status ?? 1
