/**
 * `JSON.parse` without V8's error in the names of properties.
 *
 * `JSON.parse` of V8 12.8 and later (Node.js 24 and 26) may read a name with an escape as another name: after `{"h":[],"\\":0}`, it reads
 * `{"h":1,"\"":2}` with a property `\` instead of `"` (nodejs/node issue 63785). A value would be changed or lost, and the text of one client
 * could cause it for others. Texts without escaped names cost one search for a backslash. The others are parsed again here: in time
 * proportional to the text, typically three to eight times that of `JSON.parse`.
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
      if (name === '__proto__') Object.defineProperty(container, name, { value, ...PROPERTY })
      else container[name as string] = value
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
      const scalar = char === '"' ? stringOf(text, at, end) : wordOf(text.slice(at, end))
      if (Array.isArray(container) || name !== undefined) put(scalar)
      else name = scalar as string
      at = end
    }
  }
  return root[0]
}

const PROPERTY = { writable: true, enumerable: true, configurable: true }

function stringOf(text: string, start: number, end: number): string {
  const content = text.slice(start + 1, end - 1)
  return content.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : content
}

function wordOf(word: string): unknown {
  if (word === 'null') return null
  return word === 'true' || word === 'false' ? word === 'true' : Number(word)
}

function endOfString(text: string, start: number): number {
  let end = start + 1
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return end + 1
}

/** The end of a number, `true`, `false` or `null`. */
function endOfWord(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && !isSpace(text.charCodeAt(end)) && !',}]'.includes(text[end] as string)) end++
  return end
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

/** The value of a JSON text whose names have no escapes, or `undefined` if the text is not JSON. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
