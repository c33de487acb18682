import { html, type Html } from '../support/page.ts'

export function signIn(prefix: string): Html {
  return html`<form class="card" method="post" action="${prefix}/sign-in">
    <label>Whose notebook is it? <input name="owner" required maxlength="40" autocomplete="given-name" /></label>
    <button>Open it</button>
  </form>`
}

export function notebook(prefix: string, owner: string, notes: readonly string[], directory: string): Html {
  return html`<p>This is the notebook of <strong>${owner}</strong>. Stop the server and start it again: it still is.</p>
    <section>
      ${notes.length === 0 && html`<p>Nothing is written yet.</p>`}
      <ul>
        ${notes.map((note) => html`<li>${note}</li>`)}
      </ul>
      <form method="post" action="${prefix}/notes">
        <label>Note <input name="note" required maxlength="200" autocomplete="off" /></label>
        <button>Write it down</button>
      </form>
    </section>
    <form method="post" action="${prefix}/sign-out"><button class="quiet">Sign out</button></form>
    <h2>What the server keeps</h2>
    <p>
      The browser has an id in the cookie <code>notebook</code>; the server has files that are named by a hash of it.
      Look for the id, which your browser's developer tools show: it is in none of them, while the owner's name is.
    </p>
    <pre>
grep -r 'the id' ${directory}
grep -r 'the name' ${directory}</pre>`
}
