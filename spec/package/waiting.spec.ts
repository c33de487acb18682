import test from 'ava'
import { filesIn, read } from './_repository.ts'

/** What a spec must not do, and how it looks. */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  'sleeps for a fixed time':
    /new Promise(?:<[^>]*>)?\(\s*\(?\w*\)?\s*=>\s*(?:void\s+|\{\s*)?setTimeout\(|\bsetTimeout\b[^\n]*from 'node:timers\/promises'|promisify\(setTimeout\)|\bwaitForTimeout\(|\bscheduler\.wait\(|\bAtomics\.wait\(/g,
  'polls without a limit':
    /while \([^\n]*\) await (?:settled|nextTurn|turn|sleep)\(|while \([^\n]*await[^\n]*\);|while \([^\n]*\) await new Promise\([^\n]*set(?:Immediate|Timeout)/g,
  'measures how long something takes': /\b(?:Date|performance)\.now\(\) - [a-z]|\bhrtime\b/gi,
}

/** Where it is done all the same, and why. */
const ALLOWED: ReadonlyMap<string, string> = new Map([
  ['spec/support/interleavings.spec.ts sleeps for a fixed time', 'what is played is a request that waits for a timer'],
  [
    'spec/storages/directory.crashes.spec.ts measures how long something takes',
    'it makes an instant that is long past',
  ],
  ['spec/client/chromium.spec.ts measures how long something takes', 'it tells a rate, and asserts none'],
  [
    'spec/client/reactive/loops.spec.ts sleeps for a fixed time',
    'turns of the page are what it is about: no time is waited for',
  ],
  ['spec/client/meteor/_tracker.ts sleeps for a fixed time', 'it gives the page a turn, and waits for no time'],
  [
    'spec/scenarios/hostile-costs.spec.ts measures how long something takes',
    'it compares two costs of one run, far apart',
  ],
  ['spec/fuzz/_fuzz.ts measures how long something takes', 'each case has a second of processor time, as a bound'],
  ['spec/mutation/_suite.ts measures how long something takes', 'Stryker wants to know how long a test takes'],
  ['spec/support/cost.ts measures how long something takes', 'it compares two costs of one run, far apart'],
])

/** All but the helper that the others wait with, and this one. */
const files = filesIn('spec').filter(
  (path) => /^spec\/(?!bench\/).*\.ts$/.test(path) && !/\/(?:until|waiting\.spec)\.ts$/.test(path),
)

/** What a source does that it must not do, and in which line. */
function found(source: string): { what: string; line: number }[] {
  return Object.entries(FORBIDDEN).flatMap(([what, pattern]) =>
    Array.from(source.matchAll(pattern), ({ index }) => ({ what, line: source.slice(0, index).split('\n').length })),
  )
}

const everywhere = files.flatMap((path) => found(read(path)).map((one) => ({ path, ...one })))

test('specs wait for conditions by `until`, which has a limit: none sleeps, polls for ever, or measures time', (t) => {
  const wrong = everywhere.filter(({ path, what }) => !ALLOWED.has(`${path} ${what}`))
  t.deepEqual(wrong, [])
})

test('nothing is allowed that is not done', (t) => {
  const done = new Set(everywhere.map(({ path, what }) => `${path} ${what}`))
  t.deepEqual(
    [...ALLOWED.keys()].filter((what) => !done.has(what)),
    [],
  )
})

for (const [what, ...examples] of [
  [
    'sleeps for a fixed time',
    'await new Promise((resolve) => setTimeout(resolve, 1000))',
    'await new Promise<void>((done) => void setTimeout(done, 5))',
    'new Promise((resolve) => {\n  setTimeout(resolve, 5)\n})',
    `import { setTimeout as sleep } from 'node:timers/promises'`,
    'await page.waitForTimeout(10_000)',
  ],
  [
    'polls without a limit',
    'while (!isSo()) await nextTurn()',
    'while ((await read()) !== null);',
    'while (calls < 2) await new Promise((resolve) => setImmediate(resolve))',
  ],
  [
    'measures how long something takes',
    't.true(Date.now() - said < 1000)',
    't.true(performance.now() - started < 3000)',
  ],
] as const) {
  test(`a spec that ${what} would be found`, (t) => {
    for (const example of examples)
      t.true(
        found(example).some((one) => one.what === what),
        example,
      )
  })
}

test('a timer that is what a spec is about is not taken for a sleep', (t) => {
  t.deepEqual(
    found(`mock.timers.enable({ apis: ['setTimeout'] })\nsetTimeout(() => rows.clear(), 5).unref()\nDate.now() - 1`),
    [],
  )
})
