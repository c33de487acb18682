import { readFileSync } from 'node:fs'

/** Where the table is. */
export const README = new URL('../../README.md', import.meta.url)

/** What stands before and behind the table. */
const MARKERS = ['<!-- made by npm run conformance:table -->', '<!-- end of the table -->'] as const

/** What each cell says: by engine, then by guarantee. */
export type Table = ReadonlyMap<string, ReadonlyMap<string, string>>

/** The table as README has it. */
export function tableIn(readme: string): Table {
  const [start, end] = placeIn(readme)
  const lines = readme.slice(start, end).trim().split('\n')
  const [[, ...engines] = [], , ...rows] = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  return new Map(
    engines.map((engine, column) => [
      engine,
      new Map(rows.map(([guarantee = '', ...cells]) => [guarantee, cells[column] ?? ''])),
    ]),
  )
}

/** README with another table: one row a guarantee, one column an engine. */
export function withTable(readme: string, table: Table): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const [guarantees = []] = Array.from(table.values(), (cells) => [...cells.keys()])
  const lines = [
    `| ${row([...table.keys()])}`,
    row(['---', ...Array.from(table, () => '---')]),
    ...guarantees.map((guarantee) =>
      row([guarantee, ...Array.from(table.values(), (cells) => cells.get(guarantee) ?? '')]),
    ),
  ]
  const [start, end] = placeIn(readme)
  return `${readme.slice(0, start)}\n${lines.join('\n')}\n${readme.slice(end)}`
}

/** The README of this repository. */
export function readReadme(): string {
  return readFileSync(README, 'utf8')
}

function placeIn(text: string): [start: number, end: number] {
  const [start, end] = MARKERS.map((marker) => text.indexOf(marker)) as [number, number]
  if (start === -1 || end < start) throw new Error(`README.md has not the lines ${MARKERS.join(' and ')}`)
  return [start + MARKERS[0].length, end]
}
