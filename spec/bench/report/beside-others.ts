import { type Work, WORKS } from '../case.ts'
import type { Contestant } from '../contestant.ts'
import type { MeasuredGroup } from '../measure.ts'
import { KINDS } from './kinds.ts'
import { microseconds, table, TITLES } from './tables.ts'

/** A difference that says nothing, in nanoseconds. */
const NOISE = 500

/** For each kind of session: our cheapest, and the cheapest other library, each above its own framework. */
export function besideOthers({ group, rows }: MeasuredGroup): string {
  const cells = Object.entries(KINDS).flatMap(([kind, modes]) => {
    const ofKind = group.contestants.filter(({ name, mode }) => modes.includes(mode) && rows.has(name))
    return WORKS.flatMap((work) => {
      const ours = cheapest('ours', ofKind, work)
      const peer = cheapest('peer', ofKind, work)
      if (!ours || !peer) return []
      const met = Math.abs(ours.cost - peer.cost) < NOISE ? 'the same' : ours.cost < peer.cost ? 'yes' : '**no**'
      return [[`${kind}: ${TITLES[work]}`, told(ours), told(peer), met]]
    })
  })
  return table(['', 'ours, µs', 'cheapest other, µs', 'ours is cheaper'], cells)

  function cheapest(kind: Contestant['kind'], of: readonly Contestant[], work: Work): Cost | undefined {
    return (
      of
        .filter((one) => one.kind === kind)
        // Less than nothing is noise.
        .map(({ name }) => ({ name, cost: Math.max(rows.get(name)?.get(work)?.over.median ?? Number.NaN, 0) }))
        .filter(({ cost }) => !Number.isNaN(cost))
        .toSorted((a, b) => a.cost - b.cost)[0]
    )
  }
}

interface Cost {
  readonly name: string
  readonly cost: number
}

function told({ name, cost }: Cost): string {
  return `${microseconds(cost)} (${name.replace('koa-typed-sessions, ', '')})`
}
