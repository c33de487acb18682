import { html, type Html } from '../support/page.ts'
import type { KeyIds } from './key-id.ts'

/** One cookie: what is in it, and the keys that it was made with. */
export interface Row extends KeyIds {
  readonly name: string
  readonly text: string | undefined
}

export function view(prefix: string, rows: readonly Row[]): Html {
  return html`${rows.map(cookieOf)}
    <form class="card" method="post" action="${prefix}/note">
      <label>Note <input name="text" maxlength="200" autocomplete="off" /></label>
      <button>Keep it in both</button>
    </form>
    <form method="post" action="${prefix}/rotate">
      <p>
        New keys are put in front, for all who use this server. What the old ones made still opens, and is written again
        with the new ones; the third rotation drops them.
      </p>
      <button>Rotate the keys</button>
    </form>`
}

function cookieOf({ name, text, received, current }: Row): Html {
  const fate = current ? 'It was written again, with the new key.' : 'Its key was dropped: it is forgotten.'
  return html`<section id="${name}">
    <h2>${name}</h2>
    <dl>
      <dt>Note</dt>
      <dd>${text ?? 'none'}</dd>
      <dt>Came with key</dt>
      <dd><code class="received">${received ?? 'none'}</code></dd>
      <dt>Goes with key</dt>
      <dd><code class="current">${current ?? 'none'}</code></dd>
    </dl>
    ${received !== current && html`<p>${fate}</p>`}
  </section>`
}
