// Runs in the browser.
import { autorun, connectSession } from 'koa-typed-sessions/client'
import { byId, make, reload } from '../support/dom.ts'
import type { Shown } from './session.ts'

const account = byId('account')

const session = connectSession<Shown>(`${account.dataset['prefix']}/session`, {
  initial: byId('snapshot').textContent,
  // The forms of this page are those of the user who was there before.
  onIdentityChange: reload,
})

autorun(() => {
  byId('name').textContent = session.get('name') ?? ''
})

autorun(() => {
  const items = Object.entries(session.get('basket') ?? {})
  byId('basket').replaceChildren(...items.map(([item, count]) => make('li', `${item}: ${count}`)))
})

autorun(() => {
  byId('gone').hidden = session.status !== 'gone'
  byId('stale').hidden = session.status !== 'stale'
  account.hidden = session.all() === undefined
})
