import test, { type ExecutionContext } from 'ava'
import { afterFlush, autorun, flush, onInvalidate } from 'koa-typed-sessions/client'
import { calls, store } from '../_stage.ts'

/** Puts another member into the global scope until the end of the test. */
function replace(t: ExecutionContext, scope: object, name: string, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(scope, name)
  Object.defineProperty(scope, name, { value, configurable: true, writable: true })
  t.teardown(() => {
    if (before) Object.defineProperty(scope, name, before)
    else Reflect.deleteProperty(scope, name)
  })
}

/** Autoruns of which one throws wherever it can; what the other one sees. */
function failing(t: ExecutionContext): unknown[] {
  const session = store<{ a: number }>(t, { initial: { a: 0 } })
  const [seen, see] = calls<unknown>()
  const fail = (where: string) => {
    throw new Error(where)
  }
  const computations = [
    autorun(() => {
      const a = session.get('a')
      if (a === 0) onInvalidate(() => fail('onInvalidate'))
      if (a === 1) fail('autorun')
    }),
    autorun(() => see(session.get('a'))),
  ]
  t.teardown(() => computations.forEach((computation) => computation.stop()))
  session.set('a', 1)
  afterFlush(() => fail('afterFlush'))
  afterFlush(() => see('after'))
  t.notThrows(flush)
  session.set('a', 2)
  t.notThrows(flush)
  return seen
}

const expected = ['onInvalidate', 'autorun', 'afterFlush']

test.serial(
  'where there is no reportError, as on Node, an error is written to the console and ends no process',
  (t) => {
    replace(t, globalThis, 'reportError', undefined)
    const [errors, error] = calls<unknown>()
    replace(t, console, 'error', error)
    t.deepEqual(failing(t), [0, 1, 'after', 2])
    t.deepEqual(
      errors.map((each) => (each as Error).message),
      expected,
    )
  },
)

test.serial('where an older browser has no reportError, an error becomes an error event of the page', async (t) => {
  replace(t, globalThis, 'reportError', undefined)
  replace(t, globalThis, 'addEventListener', () => {})
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const [errors, error] = calls<unknown>()
  process.on('uncaughtException', error)
  t.deepEqual(failing(t), [0, 1, 'after', 2])
  await new Promise(setImmediate)
  process.removeAllListeners('uncaughtException')
  for (const listener of others) process.on('uncaughtException', listener)
  t.deepEqual(
    errors.map((each) => (each as Error).message),
    expected,
  )
})

test.serial('a reportError that throws itself breaks nothing, and the error is not lost', (t) => {
  replace(t, globalThis, 'reportError', () => {
    throw new Error('a bad polyfill')
  })
  const [errors, error] = calls<unknown>()
  replace(t, console, 'error', error)
  t.deepEqual(failing(t), [0, 1, 'after', 2])
  t.is(errors.length, 3)
})

test.serial('what an async autorun rejects with is told where there is no reportError', async (t) => {
  replace(t, globalThis, 'reportError', undefined)
  const [errors, error] = calls<unknown>()
  replace(t, console, 'error', error)
  const computation = autorun(async () => {
    await undefined
    throw new Error('late')
  })
  await t.throwsAsync(computation.firstRunPromise)
  t.deepEqual(errors, [new Error('late')])
})
