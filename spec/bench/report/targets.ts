import type { Work } from '../case.ts'
import type { Grown } from '../growth/grow.ts'
import type { MeasuredGroup } from '../measure.ts'
import type { Measured } from '../rows.ts'
import { microseconds, table } from './tables.ts'

/** What a case may cost at most. All bounds that are named are to be kept. */
interface Target {
  readonly what: string
  readonly ours: string
  readonly work: Work
  /** Whose floor it is held against; by default its own. */
  readonly floorOf?: string
  /** Above bare Koa. */
  readonly microseconds?: number
  /** As a multiple of the floor's cost, and of koa-session's. */
  readonly floor?: number
  readonly koaSession?: number
  /** KiB of heap, as a multiple of the floor's. */
  readonly heap?: number
  /** Share of bare Koa's requests a second over HTTP. */
  readonly share?: number
}

const SIGNED_NEW = 'signed, new tokens'
const SIGNED_KNOWN = 'signed, known tokens'
const NEW = 'encrypted, new tokens'
const KNOWN = 'encrypted, known tokens'

/** What is signed was to be held against a floor that knows no token again. */
const KNOWN_BY_NONE = { ours: SIGNED_KNOWN, floorOf: SIGNED_NEW }

const TARGETS: readonly Target[] = [
  { what: 'no token, by value', ours: SIGNED_NEW, work: 'absent', microseconds: 0.5 },
  { what: 'no token, memory', ours: 'memory', work: 'absent', microseconds: 0.5 },
  { what: 'token not used, by value', ours: SIGNED_NEW, work: 'unused', microseconds: 0.5 },
  { what: 'token not used, memory', ours: 'memory', work: 'unused', microseconds: 1.5 },
  { what: 'token not used, memory, renewed', ours: 'memory, renewed each time', work: 'unused', microseconds: 1.5 },
  { what: 'read, signed, new', ours: SIGNED_NEW, work: 'read', floor: 1.3, koaSession: 0.35, heap: 1.5, share: 0.65 },
  {
    what: 'read, signed, known',
    ...KNOWN_BY_NONE,
    work: 'read',
    floor: 1.3,
    koaSession: 0.35,
    heap: 1.5,
    share: 0.65,
  },
  { what: 'read and write, signed, new', ours: SIGNED_NEW, work: 'write', floor: 1.4, koaSession: 0.35 },
  { what: 'read and write, signed, known', ...KNOWN_BY_NONE, work: 'write', floor: 1.4, koaSession: 0.35 },
  { what: 'read, encrypted, new', ours: NEW, work: 'read', floor: 1.3, heap: 1.5, share: 0.6 },
  { what: 'read, encrypted, known', ours: KNOWN, work: 'read', microseconds: 3.8 },
  { what: 'read and write, encrypted, new', ours: NEW, work: 'write', floor: 1.4 },
  { what: 'read and write, encrypted, known', ours: KNOWN, work: 'write', microseconds: 9.5 },
  { what: 'read, sealed, known', ours: 'sealed, known tokens', work: 'read', microseconds: 5 },
  { what: 'read, memory', ours: 'memory', work: 'read', floor: 1.6, koaSession: 0.3, heap: 1.5, share: 0.75 },
  { what: 'read and write, memory', ours: 'memory', work: 'write', floor: 1.6, koaSession: 0.25 },
  { what: 'read, Redis', ours: 'Redis', work: 'read', floor: 1.3 },
  { what: 'read and write, Redis', ours: 'Redis', work: 'write', floor: 1.3 },
  { what: 'read, directory', ours: 'directory', work: 'read', floor: 1.5 },
  { what: 'read and write, directory', ours: 'directory', work: 'write', floor: 1.3 },
]

/** What a session in memory may take, in bytes, and a sweep over a million of them, in milliseconds. */
const BYTES = 450
const SWEEP = 20
const PAUSE = 5

/** Each target, what it came to, and whether that is within. */
export function targetTable({ rows }: MeasuredGroup, grown: Grown | undefined): string {
  return table(
    ['', 'µs', 'floor', 'koa-session', 'came to', 'met'],
    [...TARGETS.flatMap(rowOf), ...(grown ? memoryRows(grown) : [])],
  )

  function rowOf(target: Target): string[][] {
    const measured = rows.get(`koa-typed-sessions, ${target.ours}`)?.get(target.work)
    if (!measured) return []
    const floor = rows.get(`floor: ${target.floorOf ?? target.ours}`)?.get(target.work)
    const koaSession = rows.get(`koa-session, ${KOA_SESSION[target.ours] ?? 'signed cookie'}`)?.get(target.work)
    const bounds = boundsOf(target, measured, floor, koaSession)
    return [
      [
        target.what,
        microseconds(measured.over.median),
        floor ? microseconds(floor.over.median) : '-',
        koaSession ? microseconds(koaSession.over.median) : '-',
        told(bounds),
        verdict(bounds),
      ],
    ]
  }
}

/** Which of koa-session's rows is of the same kind. */
const KOA_SESSION: Readonly<Record<string, string>> = {
  memory: 'store, a Map of JSON',
  'memory, renewed each time': 'store, a Map of JSON',
  Redis: 'store, Redis',
}

function memoryRows({ memory }: Grown): string[][] {
  const most = memory.at(-1)
  if (!most) return []
  const count = most.sessions.toLocaleString('en')
  const bytes = { text: `${most.bytes.toFixed(0)} of ${BYTES} bytes`, within: most.bytes <= BYTES }
  const { sweepOfNone = Number.NaN } = most
  const floor = most.sweepFloor === undefined ? '-' : `${most.sweepFloor.toFixed(1)} ms`
  const sweep = { text: `${sweepOfNone.toFixed(1)} of ${SWEEP} ms`, within: sweepOfNone <= SWEEP }
  const pause = { text: `longest pause ${most.pause.toFixed(1)} of ${PAUSE} ms`, within: most.pause <= PAUSE }
  return [
    [`a session in memory, of ${count}`, '-', '-', '-', told([bytes]), verdict([bytes])],
    [`a sweep of ${count} in memory, none expired`, '-', floor, '-', told([sweep, pause]), verdict([sweep, pause])],
  ]
}

interface Bound {
  readonly text: string
  readonly within: boolean
}

/** Those that are missed stand out. */
function told(bounds: readonly Bound[]): string {
  return bounds.map(({ text, within }) => (within ? text : `**${text}**`)).join('; ')
}

function verdict(bounds: readonly Bound[]): string {
  return bounds.every(({ within }) => within) ? 'yes' : '**no**'
}

function boundsOf(
  target: Target,
  measured: Measured,
  floor: Measured | undefined,
  koaSession: Measured | undefined,
): Bound[] {
  const bounds: Bound[] = []
  const bound = (most: number | undefined, value: number | undefined, unit: string): void => {
    if (most === undefined || value === undefined || Number.isNaN(value)) return
    bounds.push({ text: `${value.toFixed(2)} of ${most} ${unit}`, within: value <= most })
  }
  const { median } = measured.over
  bound(target.microseconds, median / 1000, 'µs')
  bound(target.floor, floor && median / floor.over.median, 'F')
  bound(target.koaSession, koaSession && median / koaSession.over.median, 'koa-session')
  if (floor) {
    const kibibytes = `F of heap (${(measured.bytes / 1024).toFixed(1)} KiB, F ${(floor.bytes / 1024).toFixed(1)})`
    bound(target.heap, measured.bytes / floor.bytes, kibibytes)
  }
  if (target.share !== undefined && measured.share !== undefined) {
    const of = floor?.share === undefined ? '' : ` (F ${floor.share.toFixed(2)})`
    bounds.push({
      text: `${measured.share.toFixed(2)} of at least ${target.share} of bare Koa over HTTP${of}`,
      within: measured.share >= target.share,
    })
  }
  return bounds
}
