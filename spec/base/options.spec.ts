import { createContext, runInContext } from 'node:vm'
import test from 'ava'
import { checkOptionNames, checkOptionTypes } from '../../lib/base/options.ts'
import { SessionConfigError } from '../../lib/errors.ts'

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
    const error = t.throws(() => checkOptionNames('make', options, ['clock', 'random'], 'user'), {
      instanceOf: SessionConfigError,
    })
    t.is(
      error.message,
      `make takes its options as a plain object, not ${kind}: write { clock, random }, or some of these`,
    )
    t.is(error.session, 'user')
  })
}

test('an object literal is taken, of whatever realm and with or without a prototype', (t) => {
  for (const options of [{}, { clock: 1 }, Object.create(null), runInContext('({ clock: 1 })', createContext())])
    t.notThrows(() => checkOptionNames('make', options, ['clock']))
})

test('an option of a wrong type is named, with its type and never with its value', (t) => {
  for (const [value, kind] of [
    ['secret', 'a string'],
    [1, 'a number'],
    [null, 'null'],
    [Promise.resolve(), 'a promise'],
    [{}, 'an object'],
  ] as const) {
    t.throws(() => checkOptionTypes('make', { clock: value }, { random: 'function', clock: 'function' }), {
      instanceOf: SessionConfigError,
      message: `make: 'clock' must be a function, not ${kind}`,
    })
  }
  t.throws(() => checkOptionTypes('make', { fast: 'false' }, { fast: 'boolean' }), {
    message: "make: 'fast' must be true or false, not a string",
  })
  t.notThrows(() => checkOptionTypes('make', { fast: false, clock: undefined }, { fast: 'boolean', clock: 'function' }))
})
