import { type Work, WORKS } from './case.ts'
import type { Contender } from './contender.ts'
import type { Contestant } from './contestant.ts'
import { type Part, PARTS, type Profile } from './profile.ts'
import { type Spread, spread } from './statistics.ts'

/** What one work costs one contestant. Times in nanoseconds a request. */
export interface Measured {
  /** Beyond the bare framework of the same round. */
  readonly over: Spread
  readonly cpuOver: Spread
  /** The same, as a multiple of what the bare framework costs. */
  readonly ratio: number
  /** In all. */
  readonly wall: Spread
  /** Bytes of heap, beyond the bare framework. */
  readonly bytes: number
  /** In what its own time goes, beyond the bare framework; absent where that was not looked at. */
  readonly profile?: Profile | undefined
  /** Requests a second over HTTP; absent where that was not measured. */
  readonly http?: Spread | undefined
  /** That, as a share of the bare framework's. */
  readonly share?: number | undefined
}

export type Row = ReadonlyMap<Work, Measured>

/** A contestant at work, and what was measured of it: a sample each round. */
export interface Runner {
  readonly contestant: Contestant
  readonly contender: Contender
  /** Requests in a sample, for each work. */
  readonly requests: Map<Work, number>
  readonly wall: Map<Work, number[]>
  readonly cpu: Map<Work, number[]>
  readonly bytes: Map<Work, number>
  readonly http: Map<Work, number[]>
  readonly profiles: Map<Work, Profile>
}

/** What the samples come to. */
export function rowsOf(runners: readonly Runner[]): Map<string, Row> {
  const rows = new Map<string, Row>()
  for (const runner of runners) {
    const bare = runners.find(({ contestant }) => contestant.name === runner.contestant.over) ?? runner
    rows.set(runner.contestant.name, new Map(WORKS.map((work) => [work, measured(runner, bare, work)])))
  }
  return rows
}

function measured(runner: Runner, bare: Runner, work: Work): Measured {
  const wall = runner.wall.get(work) ?? []
  const bareWall = alone(bare.wall)
  const differences = (mine: readonly number[], theirs: readonly number[]): Spread =>
    spread(mine.map((one, round) => one - (theirs[round] as number)))
  const over = differences(wall, bareWall)
  const http = runner.http.get(work) ?? []
  const bareHttp = alone(bare.http)
  return {
    over,
    cpuOver: differences(runner.cpu.get(work) ?? [], alone(bare.cpu)),
    ratio: over.median / spread(bareWall).median,
    wall: spread(wall),
    bytes: (runner.bytes.get(work) ?? Number.NaN) - (runner === bare ? 0 : (bare.bytes.get(work) ?? Number.NaN)),
    profile: beyond(runner.profiles.get(work), [...bare.profiles.values()]),
    http: http.length > 0 ? spread(http) : undefined,
    share: http.length > 0 ? spread(http.map((one, round) => one / (bareHttp[round] as number))).median : undefined,
  }
}

/** A bare framework does the same for each work, and is now and then slower at one, for V8's reasons: the middle of each round. */
function alone(samples: ReadonlyMap<Work, readonly number[]>): number[] {
  const [first = []] = samples.values()
  return first.map((_, round) => spread([...samples.values()].map((some) => some[round] as number)).median)
}

function beyond(mine: Profile | undefined, bare: readonly Profile[]): Profile | undefined {
  if (!mine || bare.length === 0) return undefined
  const partOf = (part: Part): number => mine[part] - spread(bare.map((one) => one[part])).median
  return Object.fromEntries(PARTS.map((part) => [part, partOf(part)])) as Record<Part, number>
}
