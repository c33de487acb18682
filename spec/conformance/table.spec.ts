import test from 'ava'
import type { CreateStorage } from 'koa-typed-sessions/testing'
import { BROKEN_EXPIRY } from '../testing/_broken-expiry.ts'
import { RightStorage } from '../testing/_right-storage.ts'
import { type Engine, ENGINES, type Runs } from './_engines.ts'
import { GUARANTEES, resultsOf } from './_outcomes.ts'
import { readReadme, tableIn, withTable } from './_readme-table.ts'

const table = tableIn(readReadme())

test('README has a column for every engine and a row for every guarantee', (t) => {
  t.deepEqual(
    [...table.keys()],
    ENGINES.map(({ name }) => name),
  )
  for (const cells of table.values()) t.deepEqual([...cells.keys()], GUARANTEES)
})

for (const engine of ENGINES) {
  const title = `README says of ${engine.name} what the run of the suite on it comes to`
  if (engine.missing !== undefined) test.skip(`skipped, since ${engine.missing}: ${title}`, () => {})
  else {
    test.serial(title, async (t) => {
      const results = [...(await resultsOf(engine))]
      t.deepEqual(
        results.flatMap(([, { failures }]) => failures),
        [],
      )
      t.deepEqual(
        results.map(([guarantee, { cell }]) => [guarantee, cell]),
        [...(table.get(engine.name) ?? [])],
      )
    })
  }
}

/** What the cell of one guarantee says for an engine that is run like this. */
async function cellOf(guarantee: string, runs: Runs, without: Engine['without'] = {}): Promise<string | undefined> {
  return (await resultsOf({ name: 'engine', without, start: async () => runs })).get(guarantee)?.cell
}

const right: CreateStorage = (options) => new RightStorage(options)
const EXPIRY = 'expired means gone'
const SWEEP = 'a sweep removes expired sessions, and no others'

test('a cell says how many scenarios were run where not all were, and never that all have passed', async (t) => {
  t.is(await cellOf(EXPIRY, { atGivenTime: right }), 'passed')
  t.is(await cellOf(EXPIRY, { inRealTime: right }), '16 of 25 passed')
  t.is(await cellOf(EXPIRY, { inRealTime: right, atGivenTime: right }), 'passed')
  t.is(await cellOf(SWEEP, { atGivenTime: right }, { countExpired: 'no `countExpired`' }), '6 of 7 passed')
})

test('a cell says why where no scenario was run', async (t) => {
  t.is(await cellOf(SWEEP, { atGivenTime: right }, { sweep: 'no `sweep`' }), 'not applicable: no `sweep`')
  t.is(await cellOf(EXPIRY, {}), 'not applicable: no clock that can be set')
})

test('a cell says how many scenarios failed, in whichever run', async (t) => {
  const { create } = BROKEN_EXPIRY['that reads expired sessions']!
  for (const runs of [{ atGivenTime: create }, { inRealTime: create }, { atGivenTime: right, inRealTime: create }]) {
    t.regex((await cellOf(EXPIRY, runs)) ?? '', /^\d+ of (?:16|25) failed$/)
  }
})

test('a table that is written is read as it was', (t) => {
  const other = new Map([
    ['one', new Map([['kept', 'passed']])],
    ['two', new Map([['kept', '1 of 2 passed']])],
  ])
  const text = withTable(readReadme(), other)
  t.deepEqual(tableIn(text), other)
  t.is(withTable(text, table), readReadme())
  t.throws(() => tableIn('no table'), { message: /has not the lines/ })
})
