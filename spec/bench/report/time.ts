import type { Work } from '../case.ts'
import type { MeasuredGroup } from '../measure.ts'
import { type Part, PARTS } from '../profile.ts'
import { microseconds, table, TITLES } from './tables.ts'

const WORKS: readonly Work[] = ['unused', 'read', 'write']

const HEADS: Readonly<Record<Part, string>> = {
  cryptography: 'cryptography',
  values: 'values',
  tokens: 'tokens, headers',
  session: 'the session',
  Node: 'Node',
  framework: 'packages',
  garbage: 'collector',
}

const LEGEND =
  "µs of a request beyond bare Koa's, by the functions' own time in a CPU profile, which costs some time itself. *Values*: JSON, the " +
  'walk that refuses what cannot be kept, the freezing; all that a floor has of its own stands here. *Tokens, headers*: transformers, ' +
  'transports, what is put on the response. *The session*: its state, deadlines, trackers and storages. *Node*: its HTTP, streams, buffers. ' +
  '*Packages*: Koa and what it brings, and the client of an engine.'

/** In what the time of each kind of session goes, and that of its floor. */
export function timeTable({ group, rows }: MeasuredGroup): string {
  const lines = group.contestants.flatMap(({ name, kind }) => {
    if (kind !== 'ours') return []
    const [, variant = ''] = /^[^,]+, (.*)$/.exec(name) ?? []
    return WORKS.flatMap((work) => {
      const mine = lineOf(`${variant}: ${TITLES[work]}`, name, work)
      return mine ? [mine, lineOf('its floor', `floor: ${variant}`, work)].filter((line) => line !== undefined) : []
    })
  })
  return `${LEGEND}\n\n${table(['', 'in all', ...PARTS.map((part) => HEADS[part])], lines)}`

  function lineOf(title: string, name: string, work: Work): string[] | undefined {
    const profile = rows.get(name)?.get(work)?.profile
    if (!profile) return undefined
    const all = PARTS.reduce((sum, part) => sum + profile[part], 0)
    return [title, microseconds(all), ...PARTS.map((part) => microseconds(profile[part]))]
  }
}
