import test from 'ava'
import { memoryStorage } from 'koa-typed-sessions'
import { faultyStorage, storageFault } from '../../support/faulty-storage.ts'
import { isLinearizable } from '../../../lib/testing/conformance/linearizability.ts'
import { recordedStorage, type StorageOperation } from '../../../lib/testing/conformance/history.ts'
import { HOUR, NOW, record } from '../../support/records.ts'
import { slowStorage } from '../../support/slow-storage.ts'

const first = record()
const second = record({ data: 'second', version: 2 })
const third = record({ data: 'third', version: 3 })

type Call = StorageOperation['call']

const create = { verb: 'create', nth: 1, key: 'key', record: first } as const
const read = { verb: 'read', nth: 1, key: 'key' } as const
const remove = { verb: 'delete', nth: 1, key: 'key' } as const
const toSecond = { verb: 'update', nth: 1, key: 'key', record: second, expected: 1 } as const
const toThird = { verb: 'update', nth: 1, key: 'key', record: third, expected: 2 } as const
const touch = { verb: 'touch', nth: 1, key: 'key', expiresAt: NOW + 2 * HOUR } as const
const move = { verb: 'rotate', nth: 1, key: 'key', to: 'new', record: second, expected: 1 } as const

/** One call with its answer, and when it was made and answered; one after the other where that is not said. */
function told(...operations: [call: Call, answer: unknown, calledAt?: number, answeredAt?: number][]) {
  return operations.map(([call, answer, calledAt = NaN, answeredAt = NaN], index) => ({
    call,
    answer,
    calledAt: Number.isNaN(calledAt) ? 100 * index : calledAt,
    answeredAt: Number.isNaN(answeredAt) ? 100 * index + 1 : answeredAt,
  }))
}

const possible: Readonly<Record<string, StorageOperation[]>> = {
  'nothing at all': [],
  'one life after another': told(
    [create, true],
    [read, first],
    [toSecond, 'ok'],
    [touch, true],
    [read, { ...second, expiresAt: NOW + 2 * HOUR }],
    [remove, true],
    [read, null],
    [toThird, 'gone'],
    [touch, false],
    [remove, false],
    [create, true],
    [create, false],
  ),
  'two updates at once of which one is a conflict': told(
    [create, true],
    [toSecond, 'conflict', 100, 110],
    [{ ...toSecond, record: third }, 'ok', 101, 109],
    [read, { ...third, version: 2 }],
  ),
  'a read that overtakes a delete': told([create, true], [remove, true, 100, 110], [read, first, 101, 109]),
  'a touch that comes too late, and has moved the deadline of what was there before': told(
    [create, true],
    [touch, false, 100, 200],
    [read, { ...first, expiresAt: NOW + 2 * HOUR }, 110, 120],
    [remove, true, 130, 140],
    [read, null],
  ),
  'a rotation, seen from both keys': told(
    [create, true],
    [move, 'ok', 100, 110],
    [read, null, 101, 109],
    [{ ...read, key: 'new' }, null, 102, 108],
    [{ ...read, key: 'new' }, second],
    [{ ...move, key: 'other' }, 'exists', 500, 510],
    [{ ...create, key: 'other' }, true, 501, 502],
  ),
  'a lost answer, with its effect': told([create, true], [toSecond, undefined, 100, Infinity], [read, second]),
  'a lost answer, without its effect': told([create, true], [toSecond, undefined, 100, Infinity], [read, first]),
  'a lost answer whose effect comes late': told(
    [create, true],
    [remove, undefined, 100, Infinity],
    [read, first],
    [read, null],
  ),
}

const impossible: Readonly<Record<string, StorageOperation[]>> = {
  'a session that comes back': told([create, true], [remove, true], [read, first]),
  'an update that is lost': told([create, true], [toSecond, 'ok'], [read, first]),
  'two updates at once with one version that are both ok': told(
    [create, true],
    [toSecond, 'ok', 100, 110],
    [{ ...toSecond, record: third }, 'ok', 101, 109],
  ),
  'two creates at once that both win': told([create, true, 0, 10], [create, true, 1, 9]),
  'a conflict that nobody caused': told([create, true], [toSecond, 'conflict']),
  'an update of what was never there': told([toSecond, 'ok']),
  'a touch of what was deleted': told([create, true], [remove, true], [touch, true]),
  'a touch that says it came too late where nothing went away': told([create, true], [touch, false]),
  'a touch that moves the deadline after it has said that it came too late': told(
    [create, true],
    [remove, true],
    [touch, false],
    [create, true],
    [read, { ...first, expiresAt: NOW + 2 * HOUR }],
  ),
  'a touch that shortens': told(
    [create, true],
    [touch, true],
    [{ ...touch, expiresAt: NOW + HOUR + 1 }, true],
    [read, { ...first, expiresAt: NOW + HOUR + 1 }],
  ),
  'a read that goes back behind an earlier one': told(
    [create, true],
    [toSecond, 'ok', 100, 200],
    [read, second, 110, 120],
    [read, first, 130, 140],
  ),
  'an old key that lives after a rotation': told([create, true], [move, 'ok'], [read, first]),
  'a rotation onto a taken key': told([create, true], [{ ...create, key: 'new' }, true], [move, 'ok']),
  'a lost answer whose effect goes away again': told(
    [create, true],
    [remove, undefined, 100, Infinity],
    [read, null],
    [read, first],
  ),
}

for (const [what, history] of Object.entries(possible)) {
  test(`some order explains ${what}`, (t) => {
    t.true(isLinearizable(history))
  })
}

for (const [what, history] of Object.entries(impossible)) {
  test(`no order explains ${what}`, (t) => {
    t.false(isLinearizable(history))
  })
}

test('a recorded storage writes down what it is asked, when, and what it answers', async (t) => {
  const { storage, history } = recordedStorage(slowStorage(memoryStorage({ clock: () => NOW })))
  await storage.create('key', first)
  const reading = storage.read('key')
  await Promise.all([storage.delete('key'), reading])
  const found = await reading
  found!.data = 'spoilt'
  t.deepEqual(history(), [
    { call: create, answer: true, calledAt: 0, answeredAt: 1 },
    { call: read, answer: first, calledAt: 2, answeredAt: 4 },
    { call: remove, answer: true, calledAt: 3, answeredAt: 5 },
  ])
})

test('a call that fails is written down without an answer, and fails', async (t) => {
  const engine = faultyStorage(memoryStorage({ clock: () => NOW }), ({ verb }) =>
    verb === 'create' ? storageFault.errorAfter : undefined,
  )
  const { storage, history } = recordedStorage(engine)
  await t.throwsAsync(async () => storage.create('key', first), { message: /after/ })
  t.deepEqual(await storage.read('key'), first)
  t.deepEqual(
    history().map(({ answeredAt }) => answeredAt),
    [Infinity, 2],
  )
  t.true(isLinearizable(history()))
})

test('the search ends soon where many calls overlap and nothing explains them', (t) => {
  const many = Array.from({ length: 12 }, (_, index): [Call, unknown, number, number] => [
    { ...touch, expiresAt: NOW + index },
    true,
    1,
    1000,
  ])
  t.false(isLinearizable(told([create, true, 0, 0.5], ...many, [read, null, 2000, 2001])))
})
