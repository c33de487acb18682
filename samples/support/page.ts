/** HTML that is safe to send. Only {@link html} makes it of what users have written. */
export class Html {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

type Content = Html | string | number | false | undefined | readonly Content[]

/** Escapes whatever is put into it, but for other `html` and lists of it. `false` and `undefined` show nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(strings.reduce((text, string, index) => text + show(values[index - 1]) + string))
}

function show(value: Content): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Html) return value.toString()
  if (typeof value === 'object') return value.map(show).join('')
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** What a page consists of. */
export interface Page {
  readonly title: string
  readonly body: Html
  /** Where the sample is mounted: below others, there is a way back to them. */
  readonly prefix: string
  /** Default: as the device is set. */
  readonly theme?: 'light' | 'dark' | undefined
}

export function page({ title, body, prefix, theme }: Page): string {
  const document = html`<!doctype html>
    <html lang="en" data-theme="${theme}">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${title}</title>
      <link rel="icon" href="data:," />
      <style>
        ${style}
      </style>
      <main>
        ${prefix && html`<nav><a href="/">All samples</a></nav>`}
        <h1>${title}</h1>
        ${body}
      </main>
    </html>`
  return document.toString()
}

const style = new Html(`
:root { color-scheme: light dark; --soft: color-mix(in srgb, CanvasText 7%, Canvas);
  --line: color-mix(in srgb, CanvasText 22%, Canvas); --accent: #2457d6; font: 1.0625rem/1.5 system-ui, sans-serif }
[data-theme=light] { color-scheme: light }
[data-theme=dark] { color-scheme: dark }
* { box-sizing: border-box }
body { margin: 0; background: Canvas; color: CanvasText }
main { max-width: 40rem; margin: 0 auto; padding: 1.25rem 1rem 3rem }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0 1rem }
h2 { font-size: 1.15rem; margin: 1.75rem 0 .5rem }
section h2 { margin-top: 0 }
p { margin: .5rem 0 }
ul { margin: .5rem 0; padding-left: 1.2rem }
a { color: color-mix(in srgb, var(--accent) 75%, CanvasText) }
section, form.card { background: var(--soft); border-radius: .8rem; padding: 1rem; margin: 1rem 0 }
label { display: block; margin: .6rem 0 }
label:first-child { margin-top: 0 }
input, button { font: inherit; min-height: 2.75rem; padding: .4rem .8rem; border: 1px solid var(--line);
  border-radius: .5rem }
input { width: 100%; margin-top: .2rem; background: Canvas; color: CanvasText }
[type=checkbox] { width: auto; min-height: 0; accent-color: var(--accent) }
button { background: var(--accent); border-color: transparent; color: #fff; cursor: pointer;
  margin: .25rem .25rem .25rem 0 }
button.quiet { background: Canvas; border-color: var(--line); color: CanvasText }
dl { display: grid; grid-template-columns: auto 1fr; gap: .3rem 1rem; margin: .5rem 0 }
dd { margin: 0; overflow-wrap: anywhere }
ol.course { padding: 0; list-style: none }
ol.course li { background: var(--soft); border-radius: .8rem; padding: .8rem 1rem; margin: .6rem 0 }
code, pre { font: .9rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
pre { background: var(--soft); border-radius: .8rem; padding: 1rem; white-space: pre-wrap }
[role=alert], [role=status] { border-left: 4px solid #c62f2f; padding: .4rem .8rem; background: var(--soft) }
[role=status] { border-color: #2f8f4e }
`)
