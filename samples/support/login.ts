import { Html, html } from './page.ts'

/** The fields of a login form. `refused`: the name that was given, where it was wrong, or its password. */
export function loginFields(refused?: string): Html {
  return html`<label>
      User
      <input name="user" value="${refused}" required autocomplete="username" autocapitalize="none" />
    </label>
    <label>
      Password
      <input name="password" type="password" required autocomplete="current-password" />
    </label>`
}

/** The `Users` that may sign in. */
export const knownUsers: Html = html`For the demonstration: <code>ada</code> with <code>analytical engine</code>, or
  <code>grace</code> with <code>nanoseconds</code>.`
