import type { ListedSession } from 'koa-typed-sessions'
import { knownUsers, loginFields } from '../support/login.ts'
import { html, type Html } from '../support/page.ts'

interface LoginForm {
  readonly notice?: string | undefined
  /** The name that was given, where it was wrong, or its password. */
  readonly refused?: string
}

/** Posts to its own address, in which the way back stands. */
export function loginForm({ notice, refused }: LoginForm): Html {
  return html`${status(notice)} ${refused !== undefined && alert('There is no such user with that password.')}
    <form class="card" method="post">
      ${loginFields(refused)}
      <label><input name="remember" type="checkbox" /> Remember me for 30 days</label>
      <button>Sign in</button>
    </form>
    <p>${knownUsers} Sign in from two browsers.</p>`
}

interface Account {
  readonly user: string
  readonly devices: readonly ListedSession<string>[]
  readonly notice: string | undefined
  /** Why the password was not changed. */
  readonly refused: string | undefined
}

export function account(prefix: string, { user, devices, notice, refused }: Account): Html {
  return html`${status(notice)} ${refused !== undefined && alert(refused)}
    <p>You are signed in as <strong>${user}</strong>.</p>
    <form method="post" action="${prefix}/logout"><button class="quiet">Sign out</button></form>
    <h2>Your devices</h2>
    <ol class="course">
      ${devices.map((device) => html`<li>${deviceOf(prefix, device)}</li>`)}
    </ol>
    ${
      devices.length > 1 &&
      html`<form method="post" action="${prefix}/devices/end-others"><button>Sign out all others</button></form>`
    }
    <h2>Change the password</h2>
    <form class="card" method="post" action="${prefix}/password">
      <label>
        Current password
        <input name="current" type="password" required autocomplete="current-password" />
      </label>
      <label>
        New password, of 8 characters or more
        <input name="password" type="password" required minlength="8" autocomplete="new-password" />
      </label>
      <button>Change it, and sign out all others</button>
    </form>`
}

function deviceOf(prefix: string, { handle, createdAt, lastSeenAt, current, shown }: ListedSession<string>): Html {
  return html`<strong>${shown}</strong>${current && ', this one'}<br />
    Signed in ${time(createdAt)}, last seen ${time(lastSeenAt)}
    ${
      !current &&
      html`<form method="post" action="${prefix}/devices/end">
        <button class="quiet" name="handle" value="${handle}">Sign it out</button>
      </form>`
    }`
}

function time(epoch: number): string {
  return new Date(epoch).toLocaleTimeString('en-GB')
}

function status(text: string | undefined): Html | undefined {
  return text === undefined ? undefined : html`<p role="status">${text}</p>`
}

function alert(text: string): Html {
  return html`<p role="alert">${text}</p>`
}
