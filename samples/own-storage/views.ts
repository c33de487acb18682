import { readFileSync } from 'node:fs'
import type { SessionRecord } from 'koa-typed-sessions/contracts'
import { html, type Html } from '../support/page.ts'
import type { Proof } from './proof.ts'

const source = readFileSync(new URL('./storage.ts', import.meta.url), 'utf8')

export function home(prefix: string, clicks: number | undefined, rows: ReadonlyMap<string, SessionRecord>): Html {
  return html`<section>
      <p>
        ${clicks === undefined ? 'You have no session yet.' : html`You have clicked <strong>${clicks}</strong> times.`}
      </p>
      <form method="post">
        <button formaction="${prefix}/click">Click</button>
        ${clicks !== undefined && html`<button class="quiet" formaction="${prefix}/forget">Forget me</button>`}
      </form>
    </section>
    <h2>What the storage keeps</h2>
    <p>Keys are hashes: none of them is the id in your cookie <code>clicks</code>, and nobody gets in with one.</p>
    <ul>
      ${[...rows].map(([key, { version }]) => html`<li><code>${key}</code>, version ${version}</li>`)}
    </ul>
    <h2>The storage</h2>
    <form method="post"><button formaction="${prefix}/prove">Prove it</button></form>
    <pre>${source}</pre>`
}

export function proved(prefix: string, proofs: readonly Proof[]): Html {
  const failed = proofs.flatMap((proof) => proof.failed)
  return html`<p>
      ${failed.length === 0 ? 'It keeps every promise.' : html`<strong>It breaks ${failed.length} of them.</strong>`}
    </p>
    <ul>
      ${proofs.map(
        ({ guarantee, passed, failed: titles }) =>
          html`<li>
            ${guarantee}: ${passed} passed
            <ul>
              ${titles.map((title) => html`<li>not passed: ${title}</li>`)}
            </ul>
          </li>`,
      )}
    </ul>
    <p><a href="${prefix}/">Back</a></p>`
}
