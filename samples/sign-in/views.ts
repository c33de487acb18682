import { knownUsers, loginFields } from '../support/login.ts'
import { html, type Html } from '../support/page.ts'

export function home(prefix: string, user: string | undefined): Html {
  if (user === undefined) {
    return html`<p>You are not signed in.</p>
      <p><a href="${prefix}/login">Sign in</a>, or go straight to <a href="${prefix}/profile">your profile</a>.</p>`
  }
  return html`<p>You are signed in as <strong>${user}</strong>.</p>
    <p><a href="${prefix}/profile">Your profile</a>, or <a href="${prefix}/login">sign in as somebody else</a>.</p>
    ${logoutButton(prefix)}`
}

/** @param refused The name that was given, where it was wrong, or its password. */
export function loginForm(prefix: string, refused?: string): Html {
  return html`${refused !== undefined && alert('There is no such user with that password.')}
    <form class="card" method="post" action="${prefix}/login">
      ${loginFields(refused)}
      <button>Sign in</button>
    </form>
    <p>${knownUsers}</p>`
}

export function profile(prefix: string, user: string, signedInAt: Date | undefined): Html {
  return html`<section>
      <dl>
        <dt>User</dt>
        <dd>${user}</dd>
        <dt>Signed in at</dt>
        <dd>${signedInAt?.toLocaleTimeString('en-GB')}</dd>
      </dl>
    </section>
    <p><a href="${prefix}/">Home</a></p>
    ${logoutButton(prefix)}`
}

function logoutButton(prefix: string): Html {
  return html`<form method="post" action="${prefix}/logout"><button>Sign out</button></form>`
}

function alert(text: string): Html {
  return html`<p role="alert">${text}</p>`
}
