import Router from '@koa/router'
import Koa from 'koa'
import { cookie, encrypt, seal, sessions } from 'koa-typed-sessions'
import { readForm } from '../support/form.ts'
import { page } from '../support/page.ts'
import { seeOther } from '../support/see-other.ts'
import { keyIds } from './key-id.ts'
import { KeyRing } from './key-ring.ts'
import { view } from './view.ts'

interface Note {
  text: string
}

export interface EncryptedOptions {
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

export function createApp({ prefix = '' }: EncryptedOptions = {}): Koa {
  const ring = new KeyRing()
  const passwords = new KeyRing()
  // AES-256-GCM: what to take. Fe26.2: for tokens that iron-session, hapi, h3 or Nuxt must open, too.
  const Encrypted = cookie<Note>('encrypted_note', { transform: encrypt({ keys: ring.keys }) })
  const Sealed = cookie<Note>('sealed_note', { transform: seal({ password: passwords.keys }) })
  const router = new Router({ prefix })

  router.get('/', async (ctx) => {
    const notes = [Encrypted, Sealed].map((definition) => ({ definition, text: ctx.sessions.get(definition)?.text }))
    // Written by itself when the handler is done; here it comes first, so that the page can show it.
    await ctx.sessions.commit()
    const rows = notes.map(({ definition: { name }, text }) => ({ name, text, ...keyIds(ctx, name) }))
    ctx.body = page({ title: 'Encrypted', prefix, body: view(prefix, rows) })
  })

  router.post('/note', async (ctx) => {
    const text = (await readForm(ctx)).get('text')?.trim().slice(0, 200)
    for (const definition of [Encrypted, Sealed]) {
      if (text) ctx.sessions.set(definition, { text })
      else ctx.sessions.clear(definition)
    }
    seeOther(ctx, `${prefix}/`)
  })

  router.post('/rotate', (ctx) => {
    ring.rotate()
    passwords.rotate()
    seeOther(ctx, `${prefix}/`)
  })

  const app = new Koa()
  app.use(sessions([Encrypted, Sealed]))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}
