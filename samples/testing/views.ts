import { html, type Html } from '../support/page.ts'

export function home(prefix: string, tests: string): Html {
  return html`<p>A <a href="${prefix}/club">club</a> for members, and the tests that it has.</p>
    <pre>${tests}</pre>`
}

export function loginForm(prefix: string): Html {
  return html`<form class="card" method="post" action="${prefix}/login">
    <label>Your name <input name="name" required maxlength="40" autocomplete="given-name" /></label>
    <button>Join</button>
  </form>`
}

export function club(prefix: string, name: string): Html {
  return html`<p>Welcome to the club, <strong>${name}</strong>.</p>
    <form method="post" action="${prefix}/leave"><button>Leave for good</button></form>
    <p><a href="${prefix}/">Home</a></p>`
}
