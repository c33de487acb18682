import { currentComputation } from './current.ts'
import { attempt, report } from './report.ts'

/** A computation that sets what another one reads, in a circle, would run for ever. */
const ROUNDS = 100

let pending = new Set<() => void>()
const afterwards: (() => void)[] = []
let isFlushing = false

/** Has it run in the next flush, once. */
export function enqueue(job: () => void): void {
  pending.add(job)
  queueMicrotask(run)
}

/** Jobs catch their own errors. */
function run(): void {
  isFlushing = true
  for (let round = 0; pending.size > 0 || afterwards.length > 0; round++) {
    if (round === ROUNDS) {
      pending.clear()
      report(new Error('autoruns invalidate each other in a circle'))
    }
    const jobs = pending
    pending = new Set()
    for (const job of jobs) job()
    if (pending.size === 0) for (const callback of afterwards.splice(0)) attempt(callback)
  }
  isFlushing = false
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
