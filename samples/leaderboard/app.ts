import Router from '@koa/router'
import Koa from 'koa'
import { cookie, memoryStorage, sessions, type Clock } from 'koa-typed-sessions'
import { mirror } from 'koa-typed-sessions/live'
import { bundle } from '../support/bundle.ts'
import { readForm } from '../support/form.ts'
import { Html, html, page } from '../support/page.ts'
import { MOST, PLAYERS, type Points } from './board.ts'

export interface LeaderboardOptions {
  /** The time in epoch milliseconds, for tests. Default: the system's. */
  readonly clock?: Clock
  /** The path that the app is mounted at. Default: none. */
  readonly prefix?: string
}

interface Board {
  points: Points
}

export function createApp({ clock = Date.now, prefix = '' }: LeaderboardOptions = {}): Koa {
  const Board = cookie<Board>('leaderboard', { storage: memoryStorage({ clock }) })
  // Each player is a key of its own, so that points for one change one row.
  const shown = mirror(Board, { expose: ({ points }) => points })
  const script = bundle(new URL('page.ts', import.meta.url))
  const router = new Router({ prefix })

  router.get('/', async (ctx) => {
    ctx.set('Cache-Control', 'private, no-store')
    ctx.body = page({ title: 'Leaderboard', prefix, body: boardPage(prefix, await shown.snapshot(ctx)) })
  })

  router.get('/page.js', async (ctx) => {
    ctx.type = 'text/javascript'
    ctx.body = await script()
  })

  router.get('/points', shown)

  router.post('/points', async (ctx) => {
    const player = (await readForm(ctx)).get('player') ?? ''
    if (!/^\d{1,4}$/.test(player) || Number(player) >= PLAYERS) return ctx.throw(422)
    await ctx.sessions.update(Board, (before) => {
      const given = { ...before?.points }
      const isNew = !Object.hasOwn(given, player)
      if (isNew && Object.keys(given).length >= MOST) return ctx.throw(409, 'That is enough for one visitor.')
      return { points: { ...given, [player]: (given[player] ?? 0) + 5 } }
    })
    ctx.status = 204
  })

  const app = new Koa()
  app.use(sessions([Board], { clock }))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}

function boardPage(prefix: string, snapshot: string): Html {
  return html`<p>Click a player, and give points. The selection stays in this tab, the points in your session.</p>
    <section>
      <p id="selected" role="status"></p>
      <button id="give">Give 5 points</button>
    </section>
    <ol id="players" class="course" data-prefix="${prefix}"></ol>
    <noscript><p>This sample is about what happens in the browser: it needs scripts.</p></noscript>
    <style>
      #players li {
        content-visibility: auto;
        contain-intrinsic-size: auto 3.2rem;
        cursor: pointer;
      }
      #players .selected {
        background: var(--accent);
        color: #fff;
      }
    </style>
    <script type="application/json" id="snapshot">
      ${new Html(snapshot)}
    </script>
    <script type="module" src="${prefix}/page.js"></script>`
}
