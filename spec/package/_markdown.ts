/** What stands under `## title`, up to the next such heading; `undefined` where there is none. */
export function section(markdown: string, title: string): string | undefined {
  return markdown.split(/^## /m).find((text) => text.split('\n')[0]?.trim() === title)
}

/** The rows of the first table: the text of each cell, its backticks taken off. */
export function tableRows(markdown: string): string[][] {
  const lines = markdown.split('\n')
  const start = lines.findIndex((line) => /^\|[\s:|-]+\|\s*$/.test(line))
  if (start === -1) return []
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  return lines.slice(start + 1, end === -1 ? undefined : end).map(cells)
}

function cells(row: string): string[] {
  const inner = row.trim().replace(/^\|/, '').replace(/\|$/, '')
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/^`(.*)`$/, '$1'))
}

/** A piece of code that users read, and the line that it begins on. */
export interface Snippet {
  readonly line: number
  readonly code: string
}

/** All code blocks of TypeScript. */
export function codeBlocks(markdown: string): Snippet[] {
  return [...markdown.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: lineAt(markdown, match.index) + 1,
    code: match[1] ?? '',
  }))
}

/** All `@example`s in the doc comments of a module. */
export function examples(source: string): Snippet[] {
  return [...source.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) =>
    [...comment[0].matchAll(/@example *\n([\s\S]*?)(?=\n\s*\* @\w|\n?\s*\*\/)/g)].map((match) => ({
      line: lineAt(source, comment.index + match.index) + 1,
      code: (match[1] ?? '').replaceAll(/^\s*\* ?/gm, ''),
    })),
  )
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
