import test from 'ava'
import * as library from 'koa-typed-sessions'
import * as errors from '../../lib/errors.ts'
import { section, tableRows } from './_markdown.ts'
import { modules, read } from './_repository.ts'

const classes = Object.entries(errors).filter(
  ([name, value]) => name !== 'SessionError' && value.prototype instanceof errors.SessionError,
)

const rows = classes.map(([name, value]) => {
  const { code, status } = Reflect.construct(value, ['message']) as errors.SessionError
  return { code: String(code), class: name, status: String(status) }
})

test('README lists every error with its code, its class and its status, and no other one', (t) => {
  const text = section(read('README.md'), 'Errors')
  t.truthy(text, 'README.md has no section "## Errors"')
  const listed = tableRows(text ?? '')
  t.deepEqual(
    listed.map(([code, name, status]) => `${code} ${name} ${status}`).sort(),
    rows.map((row) => `${row.code} ${row.class} ${row.status}`).sort(),
  )
  t.true(
    listed.every(([, , , when]) => when),
    'each says when it is thrown',
  )
})

test('every class is one of the union, and has a code of its own', (t) => {
  const union = /type AnySessionError =([^;]*?)\n\n/.exec(read('lib/errors.ts'))?.[1] ?? ''
  const names = [...union.matchAll(/\w+/g)].map(([name]) => name)
  t.true(names.length > 0)
  t.deepEqual(rows.map((row) => row.class).sort(), names.sort())
  t.is(new Set(rows.map((row) => row.code)).size, rows.length)
})

test('an error is called as its class is', (t) => {
  for (const [name, value] of classes) {
    const error = Reflect.construct(value, ['message']) as Error
    t.is(error.name, name)
    t.is(error.message, 'message')
  }
})

test('all errors leave by the main door', (t) => {
  const exported: Record<string, unknown> = { ...library }
  for (const [name, value] of Object.entries(errors)) t.is(exported[name], value, name)
})

test('a message names a session as a session, and not by its transport', (t) => {
  for (const [path, source] of modules()) t.notRegex(source, /[`'"](?:cookie|header) '\$\{name\}'/, path)
})
