import { currentComputation } from './current-computation.ts'
import { breakLoop, causeBy, type Cause, type Caused } from './loop.ts'
import { callSafely, report } from './report.ts'
import { WorkBudget } from './work-budget.ts'
import { nextTask } from './next-task.ts'

/** An autorun that waits. It catches its own errors. */
interface Job extends Caused {
  rerun(): void
}

/** What `afterFlush` was given, for which autorun, and how many callbacks were each given by the one before. */
interface Callback {
  readonly f: () => void
  readonly by: Caused | undefined
  readonly nesting: number
}

/** A loop is looked for where so many runs have each caused the next one. */
const LOOP = 5_000
/** The same where each run has a task of its own. */
const SLOW_LOOP = 100
/** After so many callbacks of which each gave the next one, the next one is dropped. */
const NESTED = 1_000
/** What a flush weighs against one run, with the microtasks around it. */
const FLUSH = 100
/** How many microtasks after a run, in a task of its own, count as a part of it. */
const TRACED = 100

const pending = new Set<Job>()
const afterwards: Callback[] = []
const budget = new WorkBudget()
let isFlushing = false
let isScheduled = false
/** The autorun that runs, or that the running callback was given by. */
let running: Caused | undefined
let nesting = 0

/** Has it run in the next flush, once. Gives the reason: this key was changed, by the autorun that runs right now. */
export function enqueue(job: Job, key: string): Cause {
  pending.add(job)
  schedule()
  return causeBy(running, key)
}

/**
 * Calls `f` once, when no autorun waits any more. Callbacks are called one at a time: autoruns that wait because of one
 * run before the next one is called. An error in `f` is reported, and does not affect the others.
 */
export function afterFlush(f: () => void): void {
  afterwards.push({ f, by: running, nesting: nesting + 1 })
  schedule()
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
  run(LOOP, () => false)
}

function schedule(): void {
  if (isScheduled) return
  isScheduled = true
  queueMicrotask(flushSoon)
}

function flushSoon(): void {
  budget.spend(FLUSH)
  run(LOOP, () => {
    budget.spend(1)
    return budget.isSpent
  })
  if (budget.isSpent) nextTask(flushSlowly)
  else isScheduled = false
}

/**
 * One run in this task, the next one in a task of its own, and so on until nothing waits. So the page has its turns where
 * autoruns cause each other to run over microtasks. And it becomes known which do: the microtasks that follow are those of
 * this run alone, as none is left when a task begins.
 */
function flushSlowly(): void {
  const done = run(SLOW_LOOP, () => true)
  if (!done) {
    isScheduled = false
    return
  }
  trace('rerun' in done ? done : done.by, TRACED)
  nextTask(flushSlowly)
}

function trace(by: Caused | undefined, microtasks: number): void {
  running = microtasks > 0 ? by : undefined
  if (running) queueMicrotask(() => trace(by, microtasks - 1))
}

/** Runs what waits until it is enough, and gives what ran last. */
function run(loop: number, isEnough: () => boolean): Job | Callback | undefined {
  let last: Job | Callback | undefined
  isFlushing = true
  for (last of waiting()) {
    if ('rerun' in last) rerun(last, loop)
    else call(last)
    if (isEnough()) break
  }
  isFlushing = false
  return last
}

/** In order: what is added meanwhile comes last, and a callback only when no autorun waits. */
function* waiting(): Generator<Job | Callback> {
  for (;;) {
    for (const job of pending) {
      pending.delete(job)
      yield job
    }
    const callback = afterwards.shift()
    if (!callback) return
    yield callback
  }
}

function rerun(job: Job, loop: number): void {
  breakLoop(job, loop)
  running = job
  job.rerun()
  running = undefined
}

function call({ f, by, nesting: own }: Callback): void {
  if (own >= NESTED) {
    report(
      new Error(
        'callbacks of afterFlush run in a circle: each gives another one to afterFlush, so the last was dropped',
      ),
    )
    return
  }
  running = by
  nesting = own
  callSafely(f)
  running = undefined
  nesting = 0
}
