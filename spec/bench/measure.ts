import { availableParallelism } from 'node:os'
import { PATHS, type Setting, type Work, WORKS } from './case.ts'
import { Contender } from './contender.ts'
import { type Contestant, KOA } from './contestant.ts'
import type { Control } from './control.ts'
import { Load, requestBytes } from './driver/over-http.ts'
import type { Effort } from './effort.ts'
import { type Row, rowsOf, type Runner } from './rows.ts'

/** What is measured side by side, in rounds that take turns. */
export interface Group {
  readonly title: string
  readonly setting: Pick<Setting, 'size' | 'definitions'>
  readonly contestants: readonly Contestant[]
  readonly rounds: number
  /** For how long it is looked at where the time of ours, and of the floors, goes, in milliseconds. None: not at all. */
  readonly profile?: number
  /** None: not over HTTP. */
  readonly httpRounds: number
}

export interface MeasuredGroup {
  readonly group: Group
  readonly rows: ReadonlyMap<string, Row>
  /** Those that could not take part, and why. */
  readonly absent: ReadonlyMap<string, string>
}

const CONNECTIONS = 32
const PROFILED: readonly Work[] = ['unused', 'read', 'write']
const FEWEST = 32
const MOST = 20_000

export async function measure(
  group: Group,
  places: Pick<Setting, 'folder' | 'redis'>,
  effort: Effort,
  control: Control,
  tell: (text: string) => void,
): Promise<MeasuredGroup> {
  const absent = new Map<string, string>()
  const runners: Runner[] = []
  try {
    await startAll(group, { ...group.setting, ...places }, effort, runners, absent, tell)
    for (let round = 0; round < group.rounds; round++) {
      tell(`${group.title}: round ${round + 1} of ${group.rounds}`)
      for (const work of shuffled(WORKS, round)) {
        control.take()
        for (const runner of shuffled(runners, round * WORKS.length + WORKS.indexOf(work))) await sample(runner, work)
      }
    }
    if (group.profile) {
      tell(`${group.title}: profiles`)
      const samples = group.profile / effort.sample
      for (const { profiles, contender, requests } of runners.filter(isProfiled)) {
        for (const work of PROFILED) {
          profiles.set(work, await contender.profile(work, Math.ceil(samples * (requests.get(work) as number))))
        }
      }
    }
    for (let round = 0; round < group.httpRounds; round++) {
      tell(`${group.title}: HTTP, round ${round + 1} of ${group.httpRounds}`)
      control.take()
      for (const runner of shuffled(runners, round)) await overHttp(runner, effort.httpSample)
    }
    // Last, as it collects all garbage first, after which V8 compiles again what it has dropped.
    tell(`${group.title}: memory`)
    await sideBySide(runners, async ({ bytes, contender }) => {
      for (const work of WORKS) bytes.set(work, await contender.allocation(work))
    })
  } finally {
    await Promise.all(runners.map(({ contender }) => contender.stop()))
  }
  return { group, rows: rowsOf(runners), absent }
}

function isProfiled({ contestant: { kind, name } }: Runner): boolean {
  return kind === 'ours' || kind === 'floor' || name === KOA
}

async function startAll(
  { title, contestants }: Group,
  setting: Setting,
  effort: Effort,
  runners: Runner[],
  absent: Map<string, string>,
  tell: (text: string) => void,
): Promise<void> {
  await sideBySide(contestants, async (contestant) => {
    tell(`${title}: starting ${contestant.name}`)
    const contender = new Contender()
    try {
      if (contestant.mode === 'redis' && setting.redis === '') throw new Error('there is no Redis here')
      await contender.start(contestant, setting)
      await contender.settle(WORKS, effort.settling)
      runners.push({
        contestant,
        contender,
        requests: await requestsFor(contender, effort.sample),
        wall: new Map(WORKS.map((work) => [work, []])),
        cpu: new Map(WORKS.map((work) => [work, []])),
        bytes: new Map(),
        http: new Map(WORKS.map((work) => [work, []])),
        profiles: new Map(),
      })
    } catch (error) {
      absent.set(contestant.name, withoutPaths(String((error as Error).message)))
      await contender.stop()
    }
  })
  runners.sort((a, b) => contestants.indexOf(a.contestant) - contestants.indexOf(b.contestant))
}

/** How many requests take that many milliseconds, for each work. */
async function requestsFor(contender: Contender, milliseconds: number): Promise<Map<Work, number>> {
  const requests = new Map<Work, number>()
  for (const work of WORKS) {
    const { wall } = await contender.sample(work, FEWEST)
    const fitting = Math.round((milliseconds * 1e6) / wall)
    requests.set(work, Math.min(Math.max(fitting, FEWEST), MOST))
  }
  return requests
}

/** While nothing is timed: as many at once as there are processors. */
async function sideBySide<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all]
  const next = async (): Promise<void> => {
    for (let one = waiting.shift(); one; one = waiting.shift()) await act(one)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, next))
}

async function sample({ contender, requests, wall, cpu }: Runner, work: Work): Promise<void> {
  const cost = await contender.sample(work, requests.get(work) as number)
  wall.get(work)?.push(cost.wall)
  cpu.get(work)?.push(cost.cpu)
}

async function overHttp({ contender, http }: Runner, milliseconds: number): Promise<void> {
  const load = await Load.open(await contender.listen(), CONNECTIONS)
  try {
    // A server that has served nobody yet has its sockets' code still to compile.
    let settling = http.get('absent')?.length ? 0 : 2 * milliseconds
    for (const work of WORKS) {
      const requests = (await contender.cookies(work)).map((cookie) => requestBytes(PATHS[work], cookie))
      let turn = 0
      const next = (): Buffer => requests[turn++ % requests.length] as Buffer
      await load.run(next, settling + milliseconds / 4)
      http.get(work)?.push(await load.run(next, milliseconds))
      settling = 0
    }
  } finally {
    load.close()
  }
}

/** What went wrong, without the places of this machine: results are published. */
function withoutPaths(message: string): string {
  return (message.split('\n', 1)[0] as string).replaceAll(/\S*\/\S+/g, '…')
}

/** Each round in another order: who comes behind a neighbour that is still collecting its garbage does so once. */
function shuffled<T>(all: readonly T[], round: number): T[] {
  const order = [...all]
  let random = round + 1
  for (let last = order.length - 1; last > 0; last--) {
    random = (random * 48_271) % 2_147_483_647
    const other = random % (last + 1)
    const moved = order[last] as T
    order[last] = order[other] as T
    order[other] = moved
  }
  return order
}
