/**
 * `JSON.parse` without V8's error in the names of properties.
 *
 * `JSON.parse` of V8 12.8 and later (Node.js 24 and 26) may read a name with an escape as another name: after `{"h":[],"\\":0}`, it reads
 * `{"h":1,"\"":2}` with a property `\` instead of `"` (nodejs/node issue 63785). A value would be changed or lost, and the text of one client
 * could cause it for others. Texts without escaped names cost one search for a backslash. The others are parsed again here, at about ten
 * times the cost of `JSON.parse`.
 *
 * @throws SyntaxError if the text is not JSON.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return text.includes('\\') && hasEscapedName(text) ? readValid(text) : value
}

/** @param text Valid JSON. */
function hasEscapedName(text: string): boolean {
  let escape = text.indexOf('\\')
  for (let start = text.indexOf('"'); start !== -1;) {
    const end = endOfString(text, start)
    if (escape < end && text[skipSpace(text, end)] === ':') return true
    if (escape < end) escape = text.indexOf('\\', end)
    if (escape === -1) return false
    start = text.indexOf('"', end)
  }
  return false
}

/** @param text Valid JSON. Without recursion, so that it may be nested as deeply as `JSON.parse` allows. */
function readValid(text: string): unknown {
  const root: unknown[] = []
  const around: (unknown[] | Record<string, unknown>)[] = []
  let container: unknown[] | Record<string, unknown> = root
  let name: string | undefined
  const put = (value: unknown): void => {
    if (Array.isArray(container)) container.push(value)
    else {
      // An assignment to `__proto__` would set the prototype.
      Object.defineProperty(container, name as string, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      })
      name = undefined
    }
  }
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    const char = text[at]
    if (char === '{' || char === '[') {
      const inside = char === '{' ? {} : []
      put(inside)
      around.push(container)
      container = inside
      at++
    } else if (char === '}' || char === ']') {
      container = around.pop() as typeof container
      at++
    } else if (char === ',' || char === ':') {
      at++
    } else {
      const end = char === '"' ? endOfString(text, at) : endOfWord(text, at)
      const scalar: unknown = JSON.parse(text.slice(at, end))
      if (Array.isArray(container) || name !== undefined) put(scalar)
      else name = scalar as string
      at = end
    }
  }
  return root[0]
}

function endOfString(text: string, start: number): number {
  let end = start + 1
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return end + 1
}

/** The end of a number, `true`, `false` or `null`. */
function endOfWord(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && !',}] \t\n\r'.includes(text[end] as string)) end++
  return end
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && ' \t\n\r'.includes(text[at] as string)) at++
  return at
}
