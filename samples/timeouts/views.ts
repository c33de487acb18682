import { html, type Html } from '../support/page.ts'

export function begin(prefix: string, hasEnded: boolean): Html {
  return html`${hasEnded && html`<p role="alert">Your session has ended.</p>`}
    <p>
      A session ends when nobody used it for a minute, and after five minutes in any case. The server sees to that,
      whatever the cookie says.
    </p>
    <form method="post" action="${prefix}/begin"><button>Begin</button></form>`
}

interface Present {
  readonly actions: number
  /** In milliseconds from now on. */
  readonly idleEnd: number
  readonly absoluteEnd: number
}

export function present(prefix: string, { actions, idleEnd, absoluteEnd }: Present): Html {
  const isLast = idleEnd >= absoluteEnd
  return html`<section>
      <dl>
        <dt>Actions</dt>
        <dd>${actions}</dd>
        <dt>Ends unused in</dt>
        <dd>${seconds(idleEnd)}</dd>
        <dt>Ends in any case in</dt>
        <dd>${seconds(absoluteEnd)}</dd>
      </dl>
    </section>
    <p>${isLast ? 'Nothing prolongs it any more.' : 'Do nothing, and the page asks whether you are still there.'}</p>
    <form method="post" action="${prefix}/act">
      <button>Do something</button>
      <button class="quiet" formaction="${prefix}/begin">Begin anew</button>
      <button class="quiet" formaction="${prefix}/end">End it</button>
    </form>`
}

export function stillThere(prefix: string, warning: number): Html {
  return html`<p role="alert">Nobody was here for a while. In ${seconds(warning)} your session ends.</p>
    <form method="post" action="${prefix}/act"><button>I am still here</button></form>`
}

function seconds(milliseconds: number): string {
  return `${Math.ceil(milliseconds / 1000)} seconds`
}
