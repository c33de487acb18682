import { parseArgs } from 'node:util'

/** How much is measured, and how often. */
export interface Effort {
  readonly label: 'full' | 'quick' | 'tiny'
  /** Rounds in process, over HTTP, and of the further groups. */
  readonly rounds: number
  readonly httpRounds: number
  readonly groupRounds: number
  /** How long a sample is to take, in milliseconds. */
  readonly sample: number
  readonly httpSample: number
  /** Requests before the first sample, for each work. */
  readonly settling: number
  /** For how long it is looked at where the time goes, in milliseconds; 0: not at all. */
  readonly profile: number
  /** Whether all libraries are measured, or those that ours is most often held against. */
  readonly everybody: boolean
  /** Whether larger values and more definitions are measured, too. */
  readonly groups: boolean
  readonly growth: {
    readonly memory: readonly number[]
    readonly directory: readonly number[]
    readonly definitions: readonly number[]
    readonly atOnce: readonly number[]
    readonly requests: number
  }
}

const FULL: Effort = {
  label: 'full',
  rounds: 9,
  httpRounds: 3,
  groupRounds: 4,
  sample: 40,
  httpSample: 200,
  settling: 8000,
  profile: 180,
  everybody: true,
  groups: true,
  growth: {
    memory: [1000, 10_000, 100_000, 1_000_000],
    directory: [1000, 10_000, 100_000],
    definitions: [1, 2, 5, 10, 20, 50],
    atOnce: [1, 4, 16, 64],
    requests: 3000,
  },
}

const QUICK: Effort = {
  label: 'quick',
  rounds: 5,
  httpRounds: 1,
  groupRounds: 3,
  sample: 12,
  httpSample: 40,
  settling: 1500,
  profile: 0,
  everybody: false,
  groups: false,
  growth: {
    memory: [1000, 100_000],
    directory: [1000],
    definitions: [1, 10, 50],
    atOnce: [1, 64],
    requests: 500,
  },
}

/** Whether everything works; its figures mean nothing. */
const TINY: Effort = {
  label: 'tiny',
  rounds: 1,
  httpRounds: 1,
  groupRounds: 1,
  sample: 2,
  httpSample: 20,
  settling: 100,
  profile: 10,
  everybody: true,
  groups: true,
  growth: { memory: [1000], directory: [100], definitions: [1, 50], atOnce: [1, 16], requests: 100 },
}

/** What the command line asks for. */
export interface Order {
  readonly effort: Effort
  /** Only contestants whose names hold one of these, and the frameworks that they are on; all where there are none. */
  readonly only: readonly string[]
  readonly results: string
  readonly http: boolean
  readonly growth: boolean
  /** Whether larger values and more definitions are measured, too, where the effort has them. */
  readonly groups: boolean
}

export function order(given: readonly string[], results: string): Order {
  const { values } = parseArgs({
    args: [...given],
    options: {
      quick: { type: 'boolean' },
      tiny: { type: 'boolean' },
      only: { type: 'string', multiple: true },
      results: { type: 'string' },
      rounds: { type: 'string' },
      'no-http': { type: 'boolean' },
      'no-growth': { type: 'boolean' },
      'no-groups': { type: 'boolean' },
    },
  })
  const effort = values.tiny ? TINY : values.quick ? QUICK : FULL
  return {
    effort: values.rounds === undefined ? effort : { ...effort, rounds: Number(values.rounds) },
    only: values.only ?? [],
    results: values.results ?? results,
    http: !values['no-http'],
    growth: !values['no-growth'],
    groups: !values['no-groups'],
  }
}
