import test from 'ava'
import { cookie, isSessionError, memoryStorage, type SessionTooLargeError } from 'koa-typed-sessions'
import { controlledStorage } from '../support/controlled-storage.ts'
import { codes, serveApp } from '../support/app.ts'

interface Notes {
  text: string
  more?: string
}

const WRAPPING = '{"text":""}'.length

function notes(maxSize?: number) {
  const control = controlledStorage(memoryStorage())
  const Note = cookie<Notes, { notice: string }>('notes', {
    storage: control,
    ...(maxSize !== undefined && { maxSize }),
  })
  return { control, Note }
}

test('a value of exactly maxSize bytes is stored, and one of a byte more is refused where it is set', async (t) => {
  for (const [maxSize, limit] of [
    [undefined, 1024 * 1024],
    [1000, 1000],
    [Infinity, 3 * 1024 * 1024],
  ] as const) {
    const { Note, control } = notes(maxSize)
    const refused: SessionTooLargeError[] = []
    const { browser, errors } = await serveApp(t, [Note], {
      '/exact': (ctx) => ctx.sessions.set(Note, { text: 'a'.repeat(limit - WRAPPING) }),
      '/more': (ctx) => {
        try {
          ctx.sessions.set(Note, { text: 'a'.repeat(limit - WRAPPING + 1) })
        } catch (error) {
          if (isSessionError(error) && error.code === 'ERR_SESSION_TOO_LARGE') refused.push(error)
        }
      },
      '/': (ctx) => void (ctx.body = String(ctx.sessions.get(Note)?.text.length)),
    })
    const ada = browser()
    await ada.get('/exact')
    t.is((await ada.get('/')).text, String(limit - WRAPPING))
    const writes = control.count('update')
    await ada.get('/more')
    if (maxSize === Infinity) continue
    t.deepEqual(
      refused.map(({ size, limit: most, session }) => [size, most, session]),
      [[limit + 1, limit, 'notes']],
    )
    t.is(control.count('update'), writes)
    t.deepEqual(errors, [])
  }
})

test('the bytes count, and not the characters', async (t) => {
  const { Note } = notes(1000)
  const { browser, errors } = await serveApp(t, [Note], {
    '/euro': (ctx) => ctx.sessions.set(Note, { text: '€'.repeat(330) }),
    '/latin': (ctx) => ctx.sessions.set(Note, { text: 'a'.repeat(900) }),
  })
  t.is((await browser().get('/latin')).status, 204)
  t.is((await browser().get('/euro')).status, 500)
  t.deepEqual(codes(errors), ['ERR_SESSION_TOO_LARGE'])
})

test('what single keys, an update, flash or a ticket make of a session is held to it as well', async (t) => {
  const { Note } = notes(1000)
  const { browser, errors } = await serveApp(t, [Note], {
    '/in': (ctx) => ctx.sessions.set(Note, { text: 'a'.repeat(600) }),
    '/key': (ctx) => void ctx.sessions.open(Note).set('more', 'b'.repeat(600)),
    '/flash': (ctx) => void ctx.sessions.open(Note).flash('notice', 'b'.repeat(600)),
    '/update': (ctx) => ctx.sessions.update(Note, (now) => ({ ...now!, more: 'b'.repeat(600) })),
    '/': (ctx) => void (ctx.body = Object.keys(ctx.sessions.get(Note) ?? {}).join()),
  })
  const ada = browser()
  await ada.get('/in')
  for (const path of ['/key', '/flash', '/update']) t.is((await ada.get(path)).status, 500, path)
  t.deepEqual(codes(errors), ['ERR_SESSION_TOO_LARGE', 'ERR_SESSION_TOO_LARGE', 'ERR_SESSION_TOO_LARGE'])
  t.is((await ada.get('/')).text, 'text')
})

test('maxSize is a whole number from 1 on, or Infinity, and for sessions by id', (t) => {
  const storage = memoryStorage()
  for (const maxSize of [0, -1, 1.5, Number.NaN, '1MB' as never, null as never]) {
    t.throws(() => cookie('notes', { storage, maxSize }), { code: 'ERR_SESSION_CONFIG', message: /'notes'.*maxSize/ })
  }
  t.throws(() => cookie('notes', { maxSize: 100 }), {
    code: 'ERR_SESSION_CONFIG',
    message: /'maxSize' is for sessions by id/,
  })
})
