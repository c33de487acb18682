// npm run bench [-- --quick]: measures, and writes a table and a chart to `results/`.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasRedisServer, RedisServer } from '../support/redis-server.ts'
import { contestants } from './contestants/all.ts'
import type { Contestant } from './contestant.ts'
import { Control } from './control.ts'
import { type Effort, type Order, order } from './effort.ts'
import { grow } from './growth/grow.ts'
import { type Group, measure, type MeasuredGroup } from './measure.ts'
import { installPeers } from './peers.ts'
import { writeReport } from './report/report.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

if (!existsSync(here('../../dist/index.js')))
  throw new Error('npm run build first: what is measured is what is published')

const asked = order(process.argv.slice(2), here('results/'))
const begin = performance.now()
const tell = (text: string): void =>
  void process.stderr.write(`${((performance.now() - begin) / 1000).toFixed(0).padStart(4)} s  ${text}\n`)

tell('peers')
installPeers()
const folder = mkdtempSync(join(tmpdir(), 'koa-typed-sessions-bench-'))
const redis = hasRedisServer ? await RedisServer.start() : undefined
const places = { folder, redis: redis?.url ?? '' }
const control = new Control()
try {
  const groups: MeasuredGroup[] = []
  for (const group of groupsOf(asked)) groups.push(await measure(group, places, asked.effort, control, tell))
  const grown = asked.growth ? await grow(places, asked.effort, tell) : undefined
  const seconds = (performance.now() - begin) / 1000
  const written = writeReport({ order: asked, groups, grown, control, seconds })
  tell(`written: ${written.join(', ')}`)
} finally {
  await redis?.stop()
  rmSync(folder, { recursive: true, force: true })
}

function groupsOf({ effort, only, http, groups }: Order): Group[] {
  const all = chosen(effort.everybody ? contestants : contestants.filter(isNear), only)
  const main: Group = {
    title: 'One session of 100 bytes',
    setting: { size: 100, definitions: 1 },
    contestants: all,
    rounds: effort.rounds,
    httpRounds: http ? effort.httpRounds : 0,
    profile: effort.profile,
  }
  return effort.groups && groups ? [main, ...furtherGroups(all, effort)] : [main]
}

/** Other sizes and more definitions: this library, its floors, and koa-session beside them. */
function furtherGroups(all: readonly Contestant[], { groupRounds: rounds }: Effort): Group[] {
  const near = all.filter(({ name, kind }) => kind === 'ours' || kind === 'floor' || /^Koa$|^koa-session/.test(name))
  const further = { contestants: near, rounds, httpRounds: 0 }
  return [
    { ...further, title: 'One session of 1,000 bytes', setting: { size: 1000, definitions: 1 } },
    { ...further, title: 'One session of 3,500 bytes', setting: { size: 3500, definitions: 1 } },
    { ...further, title: 'Eight sessions declared, one on the request', setting: { size: 100, definitions: 8 } },
  ]
}

function isNear({ name, kind }: Contestant): boolean {
  return kind === 'ours' || kind === 'floor' || /^Koa$|^koa-session|^iron-session 8|^Fastify|secure-session/.test(name)
}

function chosen(all: readonly Contestant[], only: readonly string[]): readonly Contestant[] {
  if (only.length === 0) return all
  const named = all.filter(({ name }) => only.some((part) => name.includes(part)))
  const frameworks = new Set(named.map(({ over }) => over))
  return all.filter((one) => named.includes(one) || frameworks.has(one.name))
}
