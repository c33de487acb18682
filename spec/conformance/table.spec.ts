import { readFileSync } from 'node:fs'
import test from 'ava'
import { declared, ENGINES, GUARANTEES, MARKERS, tableOf } from './_engines.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

test('README says of every guarantee which engine keeps it, and which one declares that it has not what it takes', (t) => {
  const [start, end] = MARKERS.map((marker) => readme.indexOf(marker)) as [number, number]
  t.true(start !== -1 && start < end, `README.md has not the lines ${MARKERS.join(' and ')}`)
  t.is(readme.slice(start + MARKERS[0].length, end).trim(), tableOf(declared))
})

test('what is not declared absent is promised by every engine', (t) => {
  const absent = GUARANTEES.filter((guarantee) => ENGINES.some((engine) => declared(guarantee, engine) === 'absent'))
  t.deepEqual(absent, [
    'the sessions of a subject are listed',
    'none of them escapes who ends them all',
    'the expired are swept, the living never',
  ])
})
