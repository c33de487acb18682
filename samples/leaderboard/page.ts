// Runs in the browser.
import { autorun, connectSession, ReactiveSession } from 'koa-typed-sessions/client'
import { byId, make } from '../support/dom.ts'
import { nameOf, PLAYERS, type Points } from './board.ts'

const list = byId('players')
const path = `${list.dataset['prefix']}/points`

/** What this tab is about: kept over a reload, and no business of the server's. */
const ui = new ReactiveSession<{ selected: number }>('leaderboard')

/** What the session on the server says, in all tabs at once. */
const points = connectSession<Points>(path, { initial: byId('snapshot').textContent })

for (let player = 0; player < PLAYERS; player++) {
  const row = make('li')
  row.addEventListener('click', () => ui.set('selected', player))
  // Runs again for the row that was selected, and for the one that is.
  autorun(() => {
    row.className = ui.equals('selected', player) ? 'selected' : ''
  })
  // Runs again when this player gets points.
  autorun(() => {
    row.textContent = `${nameOf(player)}: ${points.get(`${player}`) ?? 0}`
  })
  list.append(row)
}

autorun(() => {
  const selected = ui.get('selected')
  byId('selected').textContent = selected === undefined ? 'Nobody is selected.' : nameOf(selected)
  byId('give').hidden = selected === undefined
})

byId('give').addEventListener('click', () => void give())

async function give(): Promise<void> {
  const player = ui.get('selected')
  await fetch(path, { method: 'POST', body: new URLSearchParams({ player: `${player}` }) })
  // The first points have begun a session. After that it comes by itself.
  if (points.status !== 'live') points.refresh()
}
