import { SessionClientError } from '../errors.ts'
import { currentComputation } from './current-computation.ts'
import { breakLoop, causeBy, type Cause, type Caused } from './loop.ts'
import { nextTask } from './next-task.ts'
import { WorkBudget } from './work-budget.ts'

/** An autorun to rerun. It catches its own errors. */
interface Job extends Caused {
  perform(): void
}

/** A callback of `afterFlush`, and the autorun that added it. It catches its own errors. */
interface Callback {
  readonly by: Caused | undefined
  perform(): void
}

/** Search for a loop each time this many runs in a row have each caused the next one. */
const LOOP = 5_000
/** The same when each run has its own task. */
const SLOW_LOOP = 100
/** The cost of a flush with its microtasks, in runs. */
const FLUSH = 100
/** How many microtasks after a run in its own task are attributed to that run. */
const TRACED = 100

const pending = new Set<Job>()
const callbacks: Callback[] = []
const budget = new WorkBudget()
let isFlushing = false
let isScheduled = false
/** The running autorun, or the one that added the running callback. */
let running: Caused | undefined

/** Schedules one rerun in the next flush. Returns its cause: the changed key, and the running autorun that changed it. */
export function enqueue(job: Job, key: string): Cause {
  pending.add(job)
  schedule()
  return causeBy(running, key)
}

/** Schedules one call after all pending autoruns. */
export function enqueueCallback(perform: () => void): void {
  callbacks.push({ by: running, perform })
  schedule()
}

/**
 * Runs all pending autoruns now. Without it they run in a microtask.
 *
 * @throws SessionClientError (`ERR_REACTIVE_CONTEXT`) inside an autorun or a flush.
 * @example
 * const session = new ReactiveSession<{ selected: string }>('leaderboard')
 * autorun(() => (document.title = session.get('selected') ?? 'nobody'))
 * session.set('selected', 'ada')
 * flush()
 */
export function flush(): void {
  if (currentComputation() || isFlushing) {
    throw new SessionClientError(
      'ERR_REACTIVE_CONTEXT',
      'flush() inside an autorun or a flush: call it outside, or use afterFlush()',
    )
  }
  runPending(LOOP, () => false)
}

function schedule(): void {
  if (isScheduled) return
  isScheduled = true
  queueMicrotask(flushSoon)
}

function flushSoon(): void {
  budget.spend(FLUSH)
  runPending(LOOP, () => {
    budget.spend(1)
    return budget.isSpent
  })
  if (budget.isSpent) nextTask(flushSlowly)
  else isScheduled = false
}

/**
 * One run per task, until nothing is pending. The page stays responsive while autoruns cause each other across microtasks.
 * It also shows which autorun causes which: no microtask is left over when a task begins, so those that follow the run
 * belong to it.
 */
function flushSlowly(): void {
  const done = runPending(SLOW_LOOP, () => true)
  if (!done) {
    isScheduled = false
    return
  }
  trace(causeOf(done), TRACED)
  nextTask(flushSlowly)
}

/** Attributes changes in the next microtasks to that autorun. */
function trace(by: Caused | undefined, microtasks: number): void {
  running = microtasks > 0 ? by : undefined
  if (running) queueMicrotask(() => trace(by, microtasks - 1))
}

/** Runs pending autoruns and callbacks until `isEnough`. Returns the last one. */
function runPending(loop: number, isEnough: () => boolean): Job | Callback | undefined {
  let last: Job | Callback | undefined
  isFlushing = true
  for (last of pendingWork()) {
    if ('cause' in last) breakLoop(last, loop)
    running = causeOf(last)
    last.perform()
    running = undefined
    if (isEnough()) break
  }
  isFlushing = false
  return last
}

/** The autorun that changes are attributed to. */
function causeOf(work: Job | Callback): Caused | undefined {
  return 'cause' in work ? work : work.by
}

/** Autoruns in the order of their invalidation, those added meanwhile too; then one callback, and so on. */
function* pendingWork(): Generator<Job | Callback> {
  for (;;) {
    for (const job of pending) {
      pending.delete(job)
      yield job
    }
    const callback = callbacks.shift()
    if (!callback) return
    yield callback
  }
}
