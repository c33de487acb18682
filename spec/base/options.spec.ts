import { createContext, runInContext } from 'node:vm'
import test from 'ava'
import { checkCount, checkOptions, type OptionChecks } from '../../lib/base/options.ts'
import { SessionConfigError } from '../../lib/errors.ts'

interface Options {
  clock?: () => number
  random?: unknown
  fast?: boolean
}
const CHECKS: OptionChecks<Options> = {
  clock: 'function',
  random: 'any',
  fast: 'boolean',
}
// @ts-expect-error -- an option without a check does not compile
const INCOMPLETE: OptionChecks<Options> = { clock: 'function', random: 'any' }

class Settings {
  clock = () => 0
}

for (const [kind, options] of [
  ['null', null],
  ['undefined', undefined],
  ['a string', 'clock'],
  ['a number', 1],
  ['a boolean', true],
  ['a function', () => ({})],
  ['a class', Settings],
  ['an array', [{}]],
  ['a Map', new Map()],
  ['a Date', new Date()],
  ['an AsyncStore', new (class AsyncStore {})()],
  ['a Settings', new Settings()],
  ['a promise', Promise.resolve({})],
  ['an object', Object.create({ clock: () => 0 })],
] as const) {
  test(`options that are ${kind === 'an object' ? 'inherited' : kind} are refused, with what to write`, (t) => {
    const error = t.throws(() => checkOptions('make()', options as Options, CHECKS, 'user'), {
      instanceOf: SessionConfigError,
    })
    t.is(
      error.message,
      `make() takes its options as a plain object, not ${kind}: write { clock, random, fast }, or some of these`,
    )
    t.is(error.session, 'user')
  })
}

test('an object literal is taken, of whatever realm and with or without a prototype', (t) => {
  for (const options of [{}, { random: 1 }, Object.create(null), runInContext('({ random: 1 })', createContext())])
    t.notThrows(() => checkOptions<Options>('make()', options, CHECKS))
})

test('an option of a wrong type is named, with its type and never with its value', (t) => {
  for (const [value, kind] of [
    ['secret', 'a string'],
    [1, 'a number'],
    [null, 'null'],
    [Promise.resolve(), 'a promise'],
    [{}, 'an object'],
  ] as const) {
    t.throws(() => checkOptions<object>('make()', { clock: value }, CHECKS), {
      instanceOf: SessionConfigError,
      message: `make(): 'clock' must be a function, not ${kind}`,
    })
  }
  t.throws(() => checkOptions<object>('make()', { fast: 'false' }, CHECKS), {
    message: "make(): 'fast' must be true or false, not a string",
  })
  t.notThrows(() => checkOptions<Options>('make()', { fast: false, random: undefined }, CHECKS))
})

test('an unknown option is named, with those that there are', (t) => {
  t.throws(() => checkOptions<object>('make()', { clok: 1 }, CHECKS), {
    message: "make() has no option 'clok': it takes clock, random, fast",
  })
  t.is(Object.keys(INCOMPLETE).length, 2)
})

test('a rule sees the value of its option, unless it is left out, and its complaint names what the options belong to', (t) => {
  const seen: unknown[] = []
  const check = (options: object): void =>
    checkOptions<object>("session 'cart'", options, {
      size: (value: unknown, fail: (what: string) => never) => {
        seen.push(value)
        if (value === 0) fail("'size' must be above 0")
      },
    })
  check({})
  check({ size: undefined })
  check({ size: null })
  t.deepEqual(seen, [null])
  t.throws(() => check({ size: 0 }), { message: "session 'cart': 'size' must be above 0" })
})

test('a count is a whole number from 1, or Infinity', (t) => {
  for (const count of [1, 10_000, Infinity]) t.is(checkCount('make({ size })', count), count)
  for (const count of [0, -1, 1.5, NaN, 2 ** 53, '1'])
    t.throws(() => checkCount('make({ size })', count as number), { instanceOf: SessionConfigError })
})
