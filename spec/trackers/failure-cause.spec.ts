import test from 'ava'
import { storageFailure } from '../../lib/trackers/storage-failure.ts'

const NOT_AN_ERROR = 'the storage threw a value that is not an error'
const NO_MESSAGE = 'the storage threw an error without a message'
const aggregate = (errors: unknown): object => Object.assign(new Error(''), { code: 'EAGG', errors })

/** What a storage throws, and what is kept of it: the message and the code of the cause. */
const KEPT: readonly (readonly [what: string, thrown: unknown, message: string, code: string | undefined])[] = [
  ['an error', new Error('the line is down'), 'the line is down', undefined],
  ['an error with a code', Object.assign(new Error('down'), { code: 'ECONNREFUSED' }), 'down', 'ECONNREFUSED'],
  ['a code of digits', Object.assign(new Error('down'), { code: '23505' }), 'down', '23505'],
  ['a code of 40 characters', Object.assign(new Error('down'), { code: 'A'.repeat(40) }), 'down', 'A'.repeat(40)],
  ['a longer code', Object.assign(new Error('down'), { code: 'A'.repeat(41) }), 'down', undefined],
  ['a code in lower case', Object.assign(new Error('down'), { code: 'secret' }), 'down', undefined],
  ['a code behind a text', Object.assign(new Error('down'), { code: 'a ECODE' }), 'down', undefined],
  ['a code before a text', Object.assign(new Error('down'), { code: 'ECODE a' }), 'down', undefined],
  ['a number for a code', Object.assign(new Error('down'), { code: 42 }), 'down', undefined],
  ['a list that reads as a code', Object.assign(new Error('down'), { code: ['ECODE'] }), 'down', undefined],
  ['a text', 'the line is down', 'the line is down', undefined],
  ['an object', { message: 'down', code: 'EDOWN' }, 'down', 'EDOWN'],
  ['an object without a message', {}, NO_MESSAGE, undefined],
  ['an error without a message', new Error(''), NO_MESSAGE, undefined],
  ['a message that is not a text', { message: 42 }, NO_MESSAGE, undefined],
  ['null', null, NOT_AN_ERROR, undefined],
  ['undefined', undefined, NOT_AN_ERROR, undefined],
  ['a number', 42, NOT_AN_ERROR, undefined],
  ['a promise that rejects', Promise.reject(new Error('late')), NOT_AN_ERROR, undefined],
  [
    'an object whose message throws',
    {
      get message(): string {
        throw new Error('no')
      },
    },
    NOT_AN_ERROR,
    undefined,
  ],
  ['several errors', aggregate([Object.assign(new Error('first'), { code: 'EFIRST' })]), 'first', 'EAGG'],
  [
    'several errors without a code of their own',
    { errors: [Object.assign(new Error('first'), { code: 'EFIRST' })] },
    'first',
    'EFIRST',
  ],
  ['several errors with a message', { message: 'all', errors: [new Error('first')] }, 'all', undefined],
  ['several errors of which the first is a text', aggregate(['first']), NO_MESSAGE, 'EAGG'],
  ['several errors of which the first is null', aggregate([null]), NO_MESSAGE, 'EAGG'],
  ['no list of errors', aggregate('first'), NO_MESSAGE, 'EAGG'],
  ['a quotation', new Error('bad key "kEy"'), 'bad key …', undefined],
  ['single quotation marks', new Error("bad key 'kEy'"), 'bad key …', undefined],
  ['an apostrophe', new Error("can't write"), "can't write", undefined],
  ['a bracket', new Error('key (kEy) exists'), 'key …', undefined],
  ['a second line', new Error('down\nkEy'), 'down…', undefined],
  ['a token of 16 characters', new Error('key abcdefghijklmnop is there'), 'key … is there', undefined],
  ['a word of 15 characters', new Error('key abcdefghijklmno is there'), 'key abcdefghijklmno is there', undefined],
  ['a very long message', new Error('ab '.repeat(100)), 'ab '.repeat(100).slice(0, 200), undefined],
]

for (const [what, thrown, message, code] of KEPT) {
  test(`of ${what} only the code and a cleaned message are kept`, (t) => {
    const failure = storageFailure('user', thrown)
    t.is(failure.message, `the storage of session 'user' failed${code === undefined ? '' : ` (${code})`}`)
    t.is(failure.code, 'ERR_SESSION_STORAGE')
    const cause = failure.cause as Error & { code?: string }
    t.is(cause.message, message)
    t.deepEqual(Object.keys(cause), code === undefined ? [] : ['code'])
    t.is(cause.code, code)
  })
}

test('several errors that hold themselves are described', (t) => {
  const itself: { errors: unknown[] } = { errors: [] }
  itself.errors.push(itself)
  t.is((storageFailure('user', itself).cause as Error).message, NO_MESSAGE)
})
