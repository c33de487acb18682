/** As much of the DOM as these samples use. An app has it all, by `"lib": ["ES2023", "DOM"]` of its `tsconfig.json`. */

export interface Element {
  className: string
  textContent: string
  hidden: boolean
  readonly dataset: Readonly<Record<string, string | undefined>>
  append(...children: Element[]): void
  replaceChildren(...children: Element[]): void
  addEventListener(type: 'click', listener: () => void): void
}

interface Document {
  getElementById(id: string): Element | null
  createElement(name: string): Element
}

const browser = globalThis as unknown as { readonly document: Document; readonly location: { reload(): void } }

/** The element of that id. */
export function byId(id: string): Element {
  const element = browser.document.getElementById(id)
  if (!element) throw new Error(`the page has no #${id}`)
  return element
}

/** A new element with that text. */
export function make(name: string, text = ''): Element {
  const element = browser.document.createElement(name)
  element.textContent = text
  return element
}

export function reload(): void {
  browser.location.reload()
}
