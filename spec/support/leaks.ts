import { inspect } from 'node:util'

/** Which of these texts anybody finds who prints an error in one way or another, or what has caused it. */
export function leaks(error: unknown, planted: readonly string[]): string[] {
  const shown: string[] = []
  for (let link = error; link !== undefined; link = link instanceof Error ? link.cause : undefined) {
    shown.push(inspect(link, { depth: Infinity, showHidden: true, maxStringLength: null }), String(link))
    shown.push(JSON.stringify(link) ?? '')
    if (link instanceof Error) shown.push(link.message, link.name, link.stack ?? '')
  }
  return planted.filter((text) => shown.join('\n').includes(text))
}
