import { currentComputation } from './current.ts'
import { attempt, report } from './report.ts'

/** What waits for a flush. It catches its own errors. */
interface Job {
  rerun(): void
  stop(): void
}

/** Autoruns that set what each other read would run for ever. After so many rounds, one that has others run is stopped. */
const ROUNDS = 100

let pending = new Set<Job>()
const afterwards: (() => void)[] = []
let isFlushing = false

/** Has it run in the next flush, once. */
export function enqueue(job: Job): void {
  pending.add(job)
  queueMicrotask(run)
}

function run(): void {
  isFlushing = true
  for (let round = 0; waiting() > 0; round++) {
    if (round === ROUNDS) report(new Error('autoruns run in a circle'))
    const jobs = pending
    pending = new Set()
    for (const job of jobs) {
      const before = waiting()
      job.rerun()
      if (round >= ROUNDS && waiting() > before) job.stop()
    }
    if (pending.size > 0) continue
    for (const callback of afterwards.splice(0)) attempt(callback)
    if (round >= ROUNDS) afterwards.length = 0
  }
  isFlushing = false
}

function waiting(): number {
  return pending.size + afterwards.length
}

/**
 * Runs again, at once, all autoruns that wait for it. By itself that happens in a microtask.
 *
 * @throws Error inside an autorun, and inside a flush.
 * @example
 * const session = new ReactiveSession<{ selected: string }>('leaderboard')
 * autorun(() => (document.title = session.get('selected') ?? 'nobody'))
 * session.set('selected', 'ada')
 * flush()
 */
export function flush(): void {
  if (currentComputation() || isFlushing) throw new Error('flush inside an autorun or a flush')
  run()
}

/** Calls `f` once, after all autoruns that wait have run. */
export function afterFlush(f: () => void): void {
  afterwards.push(f)
  queueMicrotask(run)
}
