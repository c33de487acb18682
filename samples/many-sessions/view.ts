import { html, type Html } from '../support/page.ts'

export const goods: readonly string[] = ['apple', 'bread', 'cheese']

/** The three sessions, each in its part of the one page. */
export function view(prefix: string, user: string | undefined, pieces: Readonly<Record<string, number>>): Html {
  return html` <section id="user">
      <h2>User: by id, on the server</h2>
      ${user === undefined ? greet(prefix) : dismiss(prefix, user)}
    </section>
    <section id="basket">
      <h2>Basket: by value, signed</h2>
      ${content(pieces)}
      <form method="post" action="${prefix}/basket">
        ${goods.map((item) => html`<button name="item" value="${item}" class="quiet">+ ${item}</button>`)}
        <button formaction="${prefix}/basket/empty" class="quiet">Empty it</button>
      </form>
    </section>
    <section id="theme">
      <h2>Theme: in clear, for scripts too</h2>
      <p>A script in this page reads: <output>(no script ran)</output></p>
      <form method="post" action="${prefix}/theme">
        <button name="colour" value="light" class="quiet">Light</button>
        <button name="colour" value="dark" class="quiet">Dark</button>
        <button name="colour" value="" class="quiet">As the device</button>
      </form>
    </section>
    ${script}`
}

/** The page needs no script; this one shows that it can read the theme, and nothing else. */
const script = html`<script>
  const pair = document.cookie.split('; ').find((one) => one.startsWith('theme='))
  const value = pair && decodeURIComponent(pair.slice('theme='.length)).split('.').slice(2).join('.')
  document.querySelector('output').textContent = value ? JSON.parse(value).colour : 'nothing'
</script>`

function greet(prefix: string): Html {
  return html`<form method="post" action="${prefix}/user">
    <label>Your name <input name="name" required maxlength="40" autocomplete="given-name" /></label>
    <button>This is me</button>
  </form>`
}

function dismiss(prefix: string, user: string): Html {
  return html`<p>Hello <strong>${user}</strong>.</p>
    <form method="post" action="${prefix}/user"><button>Forget my name</button></form>`
}

function content(pieces: Readonly<Record<string, number>>): Html {
  const items = Object.entries(pieces)
  if (items.length === 0) return html`<p>There is nothing in it.</p>`
  const rows = items.map(
    ([item, count]) =>
      html`<dt>${item}</dt>
        <dd>${count}</dd>`,
  )
  return html`<dl>${rows}</dl>`
}
