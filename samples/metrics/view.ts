import { html, type Html } from '../support/page.ts'
import { events } from './count-events.ts'

export function view(prefix: string, changes: number | undefined, metrics: string): Html {
  return html`<p>${changes === undefined ? 'You have no session.' : `Your session was changed ${changes} times.`}</p>
    <form method="post" action="${prefix}/change">
      <button>Change it</button>
      <button class="quiet" formaction="${prefix}/login">Get a new id</button>
      <button class="quiet" formaction="${prefix}/end">End it</button>
      <button class="quiet" formaction="${prefix}/forge">Forge a cookie</button>
    </form>
    <h2>What Prometheus reads</h2>
    <p>
      All sessions of this server are counted, those of the other samples too: <a href="${prefix}/metrics">metrics</a>.
    </p>
    <pre>${metrics}</pre>
    <h2>What is told</h2>
    <dl>
      ${Object.entries(events).map(
        ([event, sentence]) =>
          html`<dt><code>${event}</code></dt>
            <dd>${sentence}</dd>`,
      )}
    </dl>`
}
