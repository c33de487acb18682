import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Control } from '../control.ts'
import type { Order } from '../effort.ts'
import type { Grown } from '../growth/grow.ts'
import type { MeasuredGroup } from '../measure.ts'
import { versionOf } from '../peers.ts'
import { unrest } from '../statistics.ts'
import { besideOthers } from './beside-others.ts'
import { chart } from './chart.ts'
import { NOTES, REASONS } from './notes.ts'
import { groupTable, growthTables } from './tables.ts'
import { targetTable } from './targets.ts'
import { timeTable } from './time.ts'

export interface Report {
  readonly order: Order
  readonly groups: readonly MeasuredGroup[]
  readonly grown: Grown | undefined
  readonly control: Control
  readonly seconds: number
}

/** Writes the table and the chart. Gives the names of the files. */
export function writeReport(report: Report): string[] {
  const { order, groups } = report
  const [main] = groups
  mkdirSync(order.results, { recursive: true })
  const files: [string, string][] = [['results.md', markdown(report, 'results.svg')]]
  if (main) files.push(['results.svg', chart(main)])
  for (const [file, text] of files) writeFileSync(join(order.results, file), text)
  return files.map(([file]) => file)
}

function markdown({ order, groups, grown, control, seconds }: Report, picture: string): string {
  const [main] = groups
  const date = new Date().toISOString().slice(0, 10)
  const { median, low, high } = control.spread
  const sections = [
    `# What a session costs, ${date}`,
    `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
      `${process.platform}. A ${order.effort.label} run of ${order.effort.rounds} rounds, ${Math.round(seconds)} s.` +
      (order.effort.label === 'full' ? '' : ' **Not a full run: take its figures for nothing.**'),
    `Control (the same SHA-256 again and again): ${median.toFixed(2)} ms, quartiles ${low.toFixed(2)} to ${high.toFixed(2)}, ` +
      `${control.disturbed} of ${control.samples} disturbed. ${verdict(control)}`,
    `![Microseconds a request above the bare framework](${picture})`,
  ]
  if (main) {
    sections.push('## Beside other libraries', besideOthers(main))
    sections.push('## Against the targets', targetTable(main, grown))
    sections.push('## Why not all are met', REASONS)
    sections.push('## Where the time goes', timeTable(main))
  }
  sections.push('## How it was measured', NOTES)
  for (const group of groups) sections.push(`## ${group.group.title}`, groupTable(group))
  if (grown) sections.push('## Growth', ...growthTables(grown))
  sections.push('## Versions', versions(groups))
  return `${sections.join('\n\n')}\n`
}

function verdict(control: Control): string {
  return unrest(control.spread) < 0.06
    ? 'The machine was quiet.'
    : '**The machine was busy with other things: measure again.**'
}

function versions(groups: readonly MeasuredGroup[]): string {
  const names = new Set(groups.flatMap(({ group }) => group.contestants.flatMap(({ packages }) => packages)))
  return [...names]
    .sort()
    .map((name) => `${name} ${versionOf(name)}`)
    .join(', ')
}
