import { html, type Html } from '../support/page.ts'
import type { Member } from './member.ts'

export function signIn(prefix: string, engine: string): Html {
  return html`<form class="card" method="post" action="${prefix}/sign-in">
      <label>Who are you? <input name="name" required maxlength="40" autocomplete="given-name" /></label>
      <button>Sign in</button>
    </form>
    ${answeredBy(engine)}`
}

export function overview(prefix: string, { name, counts }: Member, engine: string, isCluster: boolean): Html {
  const processes = Object.entries(counts)
  const total = processes.reduce((sum, [, count]) => sum + count, 0)
  return html`<p>You are <strong>${name}</strong>, and have counted <output>${total}</output> times.</p>
    ${answeredBy(engine)}
    <section>
      <form method="post" action="${prefix}/count"><button>Count</button></form>
      <dl class="counts">
        ${processes.map(
          ([pid, count]) =>
            html`<dt>by process ${pid}</dt>
              <dd>${count}</dd>`,
        )}
      </dl>
    </section>
    ${
      isCluster
        ? html`<form method="post" action="${prefix}/kill">
            <button>Kill the process that answers this</button>
            <p>Another one takes its place a second later. You stay signed in, and nothing that was counted is lost.</p>
          </form>`
        : onlyOne
    }
    <form method="post" action="${prefix}/sign-out"><button class="quiet">Sign out</button></form>
    <p><a href="${prefix}/help">A page that needs no session</a></p>`
}

export function help(prefix: string, engine: string): Html {
  return html`<p>This page touches no session, so that it answers also while ${engine} is down.</p>
    ${answeredBy(engine)}
    <p><a href="${prefix}/">Back</a></p>`
}

export function outage(prefix: string, isLogout: boolean): Html {
  return html`<p role="alert">
      ${isLogout ? 'You may still be signed in: the' : 'The'} sessions cannot be reached at the moment.
    </p>
    ${
      isLogout
        ? html`<form method="post" action="${prefix}/sign-out"><button>Sign out</button></form>`
        : html`<p><a href="${prefix}/">Try again</a>. Whoever was signed in still is: the cookie stays.</p>`
    }`
}

function answeredBy(engine: string): Html {
  return html`<p>Answered by process <code>${process.pid}</code>. Sessions are kept in ${engine}.</p>`
}

const onlyOne = html`<section>
  <h2>There is one process here</h2>
  <p>Two of them, behind one address, and one to kill:</p>
  <pre>npx tsx --conditions=koa-typed-sessions-source samples/cluster/main.ts</pre>
</section>`
