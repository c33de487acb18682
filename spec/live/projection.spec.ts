import test from 'ava'
import fc from 'fast-check'
import { cookie, memoryStorage } from 'koa-typed-sessions'
import { mirror } from 'koa-typed-sessions/live'
import { manualClock } from 'koa-typed-sessions/testing'
import { toCanonicalText } from '../../lib/wire/canonical-text.ts'
import { serveApp } from '../support/app.ts'
import { controlledStorage } from '../support/controlled-storage.ts'
import { openStream } from './_stream.ts'

/** No text that a test makes up holds it by chance. */
const MARK = 'must-not-leave'

interface State {
  shown: unknown
  hidden: unknown
  step: number
}

const secret = fc.string().map((text) => `${MARK}${text}`)
/** Secrets in every place where a value can have them: texts, keys, nested. */
const hidden = fc.oneof(
  secret,
  fc.array(secret),
  fc.dictionary(secret, fc.oneof(secret, fc.integer())),
  fc.record({ a: secret, b: fc.record({ c: fc.array(secret) }) }),
)
const text = fc.string({ unit: 'binary' }).filter((one) => !one.includes(MARK))
const shown = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(NaN, -0, Infinity, undefined),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.array(text),
  fc.dictionary(
    text.filter((key) => key !== '__proto__'),
    fc.oneof(text, fc.integer()),
  ),
)
const act = fc.oneof(
  fc.record({ kind: fc.constant('show' as const), value: shown }),
  fc.record({ kind: fc.constant('hide' as const), value: hidden }),
  fc.record({ kind: fc.constant('flash' as const), value: secret }),
  fc.record({ kind: fc.constant('read' as const), value: fc.constant(undefined) }),
)

test('no frame ever holds anything but what expose gave, and what changes nothing of that sends nothing', async (t) => {
  const clock = manualClock()
  const engine = memoryStorage({ clock })
  const storage = Object.assign(controlledStorage(engine), { watch: engine.watch!.bind(engine) })
  const Shop = cookie<State, { notice: string }>('shop', { storage, subject: () => `${MARK}-subject` })
  let given: { kind: 'show' | 'hide' | 'flash' | 'read'; value: unknown } = { kind: 'read', value: undefined }
  const shopMirror = mirror(Shop, { expose: (state) => ({ shown: state.shown, step: state.step }) })
  const { url, browser, errors } = await serveApp(
    t,
    [Shop],
    {
      '/begin': (ctx) => ctx.sessions.set(Shop, given.value as State),
      '/act': async (ctx) => {
        ctx.status = 204
        if (given.kind === 'flash') return ctx.sessions.open(Shop).flash('notice', given.value as string)
        if (given.kind === 'read') return ctx.sessions.get(Shop)
        const changes = given.kind === 'show' ? { shown: given.value } : { hidden: given.value }
        return ctx.sessions.update(Shop, (now) => ({ ...now!, ...changes }))
      },
      '/end': (ctx) =>
        ctx.sessions.update(Shop, (now) => ({ ...now!, step: now!.step + 1 })).then(() => void (ctx.status = 204)),
      '/notice': (ctx) => void (ctx.body = ctx.sessions.open(Shop).get('notice') ?? 'none'),
      '/page': async (ctx) => void (ctx.body = await shopMirror.snapshot(ctx)),
      '/live': shopMirror,
    },
    { clock },
  )

  await fc.assert(
    fc.asyncProperty(shown, hidden, fc.array(act, { maxLength: 8 }), async (first, secrets, acts) => {
      const visitor = browser()
      given = { kind: 'show', value: { shown: first, hidden: secrets, step: 0 } }
      await visitor.get('/begin')
      const writes = storage.calls.filter((verb) => verb !== 'read').length
      const stream = await openStream(t, `${url}/live`, { browser: visitor })
      const start = await stream.frame()
      t.is(storage.calls.filter((verb) => verb !== 'read').length, writes)
      t.is(stream.headers['set-cookie'], undefined)

      const expected = [toCanonicalText({ shown: first, step: 0 })]
      let flashed = false
      for (const one of acts) {
        given = one
        await visitor.get('/act')
        if (one.kind === 'flash') flashed = true
        const now = one.kind === 'show' ? toCanonicalText({ shown: one.value, step: 0 }) : expected.at(-1)!
        if (now !== expected.at(-1)) expected.push(now)
      }
      const page = await visitor.get('/page')
      await visitor.get('/end')
      const frames = [start]
      while (frames.length <= expected.length) frames.push(await stream.frame())
      const last = frames.pop()!
      t.is(last.event === 'snapshot' && (last.data.value as State).step, 1)
      t.deepEqual(
        frames.map((frame) => frame.event === 'snapshot' && toCanonicalText(frame.data.value)),
        expected,
      )
      const { text: notice } = await visitor.get('/notice')
      t.is(notice !== 'none', flashed)
      stream.leave()
      t.false((stream.text + JSON.stringify(stream.headers) + page.text).includes(MARK))
    }),
    { numRuns: 60 },
  )
  t.deepEqual(errors, [])
})
