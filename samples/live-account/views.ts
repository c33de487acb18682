import { knownUsers, loginFields } from '../support/login.ts'
import { Html, html } from '../support/page.ts'
import { ITEMS, type Account } from './session.ts'

/** `refused`: the name that was given, where it was wrong, or its password. */
export function loginForm(refused?: string): Html {
  return html`${refused !== undefined && html`<p role="alert">There is no such user with that password.</p>`}
    <form class="card" method="post">
      ${loginFields(refused)}
      <button>Sign in</button>
    </form>
    <p>${knownUsers}</p>`
}

/** What it shows it shows without scripts too; with them it stays right. */
export function account(prefix: string, { name, basket }: Readonly<Account>, snapshot: string): Html {
  return html`<p id="gone" role="alert" hidden>You are signed out. <a href="${prefix}/login">Sign in</a></p>
    <p id="stale" role="status" hidden>There is no connection: this may be old.</p>
    <div id="account" data-prefix="${prefix}">
      <p>Hello, <strong id="name">${name}</strong>. Open this page in a second tab, and look at both.</p>
      <form class="card" method="post" action="${prefix}/name">
        <label>Your name <input name="name" maxlength="40" required autocomplete="off" /></label>
        <button>This is me</button>
      </form>
      <h2>Basket</h2>
      <ul id="basket">
        ${Object.entries(basket).map(([item, count]) => html`<li>${item}: ${count}</li>`)}
      </ul>
      <form method="post" action="${prefix}/basket">
        ${ITEMS.map((item) => html`<button name="item" value="${item}">+ ${item}</button>`)}
      </form>
      <form method="post" action="${prefix}/logout"><button class="quiet">Sign out</button></form>
      <form method="post" action="${prefix}/logout-everywhere"><button class="quiet">Sign out everywhere</button></form>
    </div>
    <script type="application/json" id="snapshot">
      ${new Html(snapshot)}
    </script>
    <script type="module" src="${prefix}/page.js"></script>`
}
