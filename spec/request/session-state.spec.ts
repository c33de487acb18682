import test from 'ava'
import { cookie, memoryStorage } from 'koa-typed-sessions'
import { systemClock } from '../../lib/base/clock.ts'
import { pooledRandom } from '../../lib/base/random.ts'
import type { FoundSession } from '../../lib/contracts/tracker.ts'
import { Mount } from '../../lib/mount/mount.ts'
import { SessionState } from '../../lib/request/session-state.ts'
import { sign } from '../../lib/transformers/sign.ts'
import { RecordingExchange } from '../../lib/testing/recording-exchange.ts'

const keys = ['one key of 32 bytes or more, as it has to be']
const found: FoundSession = { text: '{"name":"Ada"}', createdAt: 0, expiresAt: 1e15 }

function stateOf(kind: 'by id' | 'by value', session?: FoundSession | null): SessionState {
  const definition = cookie('visit', kind === 'by id' ? { storage: memoryStorage() } : {})
  const mount = new Mount([definition], systemClock, pooledRandom(), sign(keys))
  return new SessionState(mount.get(definition), new RecordingExchange(), mount.events, mount.queue, session)
}

test('a session is unread, failed, absent or present', (t) => {
  const state = stateOf('by id')
  t.is(state.known.is, 'unread')
  t.false(state.isRead)
  state.readFailed(new Error('down'))
  t.is(state.known.is, 'failed')
  t.false(state.isRead)
  state.notFound()
  t.true(state.isRead)
  t.is(state.found, null)
  state.seen(found)
  t.true(state.isRead)
  t.is(state.found, found)
})

test('a session that is to be destroyed is still there, and no longer what changes apply to', (t) => {
  const state = stateOf('by id', found)
  state.change({ whole: '{}' })
  state.requestDestroy(true)
  t.is(state.found, found)
  t.is(state.session, null)
  t.is(state.changes, null)
})

test('by id, a destroyed session is forgotten if the client can be told; by value it must be', (t) => {
  for (const [kind, reply] of [
    ['by id', 'forget'],
    ['by value', 'must-forget'],
  ] as const) {
    const state = stateOf(kind, found)
    state.requestDestroy(true)
    state.destroyed()
    t.is(state.reply, reply)
    state.tokenForgotten()
    state.replied(undefined)
    t.is(state.reply, 'none')
    t.false(state.clientHasToken)
  }
})

test('a client that presents no token is told nothing of a session that is destroyed', (t) => {
  const state = stateOf('by value', null)
  state.requestDestroy(false)
  state.destroyed()
  t.is(state.reply, 'none')
})

test('changes that are made while others are stored are left', (t) => {
  const state = stateOf('by id', found)
  const first = { keys: new Map([['name', '{"name":"Eve"}']]) }
  state.change(first)
  const plan = state.plan(first)
  state.change({ keys: new Map([...first.keys, ['seen', '{"seen":1}']]) })
  state.stored({ ...found, text: plan.text }, plan)
  t.deepEqual([...(state.changes?.keys?.keys() ?? [])], ['seen'])
})

test('a write is planned once for the same changes of the same session', (t) => {
  const state = stateOf('by id', found)
  const changes = { whole: '{"name":"Eve"}' }
  const plan = state.plan(changes)
  t.is(state.plan(changes), plan)
  state.seen({ ...found, expiresAt: 2e15 })
  t.not(state.plan(changes), plan)
  t.not(state.plan({ ...changes }), plan)
})

test('a token that could not be made is still to be sent', (t) => {
  const state = stateOf('by value', found)
  state.sendToken()
  state.replied(new Error('no token'))
  t.is(state.reply, 'send')
  state.tokenSent()
  t.is(state.reply, 'none')
})

test('a session that is gone is not sent, and takes the changes along, unless those are of the next one', (t) => {
  const state = stateOf('by id', found)
  state.sendToken()
  state.change({ whole: '{}' })
  state.gone()
  t.deepEqual([state.reply, state.changes, state.known.is], ['none', null, 'absent'])

  const next = stateOf('by id', found)
  next.requestDestroy(true)
  next.change({ whole: '{}' })
  next.gone()
  t.deepEqual(next.changes, { whole: '{}' })
})
