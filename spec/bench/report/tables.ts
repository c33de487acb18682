import { type Work, WORKS } from '../case.ts'
import type { Grown } from '../growth/grow.ts'
import type { StorageGrowth } from '../growth/memory.ts'
import type { MeasuredGroup } from '../measure.ts'
import type { Measured } from '../rows.ts'

export const TITLES: Readonly<Record<Work, string>> = {
  absent: 'no token',
  unused: 'not used',
  read: 'read',
  write: 'read and write',
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

export function microseconds(nanoseconds: number): string {
  if (Number.isNaN(nanoseconds)) return '-'
  const amount = nanoseconds / 1000
  return Math.abs(amount) >= 100 ? amount.toFixed(0) : amount.toFixed(1)
}

/** In process, over HTTP, and what was not measured. */
export function groupTable({ group, rows, absent }: MeasuredGroup): string {
  const cells = (name: string, cell: (measured: Measured) => string): string[] =>
    WORKS.map((work) => {
      const measured = rows.get(name)?.get(work)
      return measured ? cell(measured) : '-'
    })
  const shown = group.contestants.filter(({ name }) => rows.has(name))
  const parts = [
    'In process: µs a request above the bare framework (quartiles), bare frameworks in all; then the same as a multiple of what ' +
      'the bare framework costs, and KiB of heap.',
    table(
      ['', ...WORKS.map((work) => TITLES[work]), 'multiple: read', 'read and write', 'KiB: read', 'read and write'],
      shown.map(({ name, kind }) => [
        kind === 'ours' ? `**${name}**` : name,
        ...cells(name, ({ over, wall }) => {
          const { median, low, high } = kind === 'bare' ? wall : over
          return `${microseconds(median)} (${microseconds(low)}–${microseconds(high)})`
        }),
        ...cells(name, ({ ratio }) => (kind === 'bare' ? '' : ratio.toFixed(2))).slice(2),
        ...cells(name, ({ bytes }) => (bytes / 1024).toFixed(1)).slice(2),
      ]),
    ),
  ]
  if (group.httpRounds > 0) {
    parts.push(
      'Over HTTP on loopback, 32 connections: thousand requests a second, and the share of what the bare framework answers.',
      table(
        ['', ...WORKS.map((work) => TITLES[work])],
        shown.map(({ name, kind }) => [
          kind === 'ours' ? `**${name}**` : name,
          ...cells(name, ({ http, share }) =>
            http ? `${(http.median / 1000).toFixed(1)}${kind === 'bare' ? '' : ` (${share?.toFixed(2)})`}` : '-',
          ),
        ]),
      ),
    )
  }
  for (const [name, reason] of absent) parts.push(`${name} took no part: ${reason}.`)
  return parts.join('\n\n')
}

export function growthTables({ memory, directory, definitions, sealed }: Grown): string[] {
  const count = (amount: number): string => amount.toLocaleString('en')
  const storage = (rows: readonly StorageGrowth[]): string =>
    table(
      [
        'sessions',
        'bytes a session',
        'read, µs',
        'write, µs',
        'sweep, none expired, ms',
        'floor of that, ms',
        'sweep, a tenth expired, ms',
        'longest pause, ms',
      ],
      rows.map(({ sessions, bytes, read, write, sweepOfNone, sweepFloor, sweep, pause }) => [
        count(sessions),
        bytes.toFixed(0),
        (read / 1000).toFixed(2),
        (write / 1000).toFixed(2),
        sweepOfNone?.toFixed(1) ?? '-',
        sweepFloor?.toFixed(1) ?? '-',
        sweep.toFixed(1),
        pause.toFixed(1),
      ]),
    )
  return [
    '### Sessions in memory',
    storage(memory),
    '### Sessions in a directory',
    storage(directory),
    '### Sessions declared, one on the request',
    table(
      ['declared', 'no token, µs', 'read, signed, µs', 'read, memory, µs'],
      definitions.map((row) => [
        count(row.definitions),
        microseconds(row.absent),
        microseconds(row.signed),
        microseconds(row.memory),
      ]),
    ),
    '### Sealed tokens that are new to the process, read at once',
    table(
      ['at once', 'µs each', 'CPU µs each'],
      sealed.map(({ atOnce, wall, cpu }) => [count(atOnce), microseconds(wall), microseconds(cpu)]),
    ),
  ]
}
