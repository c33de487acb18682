import { AsyncLocalStorage } from 'node:async_hooks'
import { attempt, type Attempt, type Awaitable } from '../../lib/base/awaitable.ts'
import type { SessionStorage } from '../../lib/contracts/storage.ts'
import { Exploration } from './exploration.ts'
import { calledThrough, type StorageCall } from '../../lib/testing/conformance/storage-call.ts'

/** How many turns of the event loop a request may take from one storage call to the next, where nothing else is waited for. */
const TURNS = 4

/** What {@link interleavings} may be told. */
export interface InterleavingsOptions {
  /**
   * Whether an answer may be late: its arrival is a step of its own then. Makes many more orders, that differ only where
   * requests share more than the storage: memory of one process, or whose response comes first. Default `false`.
   */
  readonly lateAnswers?: boolean
  /** How many orders are tried at most. Where there are more, the second half of them is drawn by lot. Default 1000. */
  readonly limit?: number
  /** What the lot begins with: the same number draws the same orders. Default 1. */
  readonly seed?: number
}

type Requests<T extends readonly unknown[]> = { readonly [K in keyof T]: () => Awaitable<T[K]> }
type Results<T extends readonly unknown[]> = { -readonly [K in keyof T]: PromiseSettledResult<T[K]> }

/** One order in which requests come to a storage. */
export interface Interleaving {
  /** The engine, asked in this order. What is called outside of {@link together} passes at once. */
  scheduled(engine: SessionStorage): SessionStorage
  /** Runs requests side by side until all are done, and gives what came of each. */
  together<T extends readonly unknown[]>(...requests: Requests<T>): Promise<Results<T>>
  /** The order so far: which request (from 1), and which verb. */
  readonly order: readonly string[]
}

/**
 * Plays a race again and again, each time in another order of its storage calls. No time is involved, but for what the requests
 * themselves wait for.
 *
 * Works with whatever is called in one process: with two mounts on one storage, each with `scheduled` of the same engine, the
 * requests are those of two servers.
 *
 * @param play Makes a new engine, runs the requests by `together`, and checks what is left. Where it throws, the error says in
 *   which order.
 * @returns how many orders were tried, and whether these are all that there are.
 *
 * @example
 * await interleavings(async ({ scheduled, together }) => {
 *   const storage = scheduled(memoryStorage())
 *   const record = { data: '', version: 1, createdAt: 0, expiresAt: 8.64e15, identity: 'one' }
 *   await storage.create('key', record)
 *   await together(
 *     () => storage.delete('key'),
 *     () => storage.update('key', record, 1),
 *   )
 *   if (await storage.read('key')) throw new Error('the session came back')
 * })
 */
export async function interleavings(
  play: (interleaving: Interleaving) => Promise<void>,
  options: InterleavingsOptions = {},
): Promise<{ readonly count: number; readonly complete: boolean }> {
  const exploration = new Exploration(options.limit ?? 1000, options.seed ?? 1)
  let count = 0
  do {
    count++
    const schedule = new Schedule(exploration, options.lateAnswers ?? false)
    try {
      await play(schedule)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`${reason} (in the order: ${schedule.order.join(', ')})`, { cause })
    }
  } while (exploration.next())
  return { count, complete: exploration.complete }
}

/** A request that waits for its turn. */
interface Waiting {
  readonly step: string
  go(): Awaitable<unknown>
}

class Schedule implements Interleaving {
  readonly order: string[] = []
  readonly #exploration: Exploration
  readonly #current = new AsyncLocalStorage<number>()
  readonly #waiting = new Map<number, Waiting>()
  readonly #lateAnswers: boolean
  #running = 0
  #moved: () => void = () => {}

  constructor(exploration: Exploration, lateAnswers: boolean) {
    this.#exploration = exploration
    this.#lateAnswers = lateAnswers
  }

  readonly scheduled = (engine: SessionStorage): SessionStorage =>
    calledThrough(engine, (call, ask) => {
      const request = this.#current.getStore()
      return request === undefined ? ask() : this.#inTurn(request, call, ask)
    })

  readonly together = async <T extends readonly unknown[]>(...requests: Requests<T>): Promise<Results<T>> => {
    const results = Promise.allSettled(
      requests.map(async (request, index) => {
        this.#running++
        try {
          return await this.#current.run(index, async () => await request())
        } finally {
          this.#running--
          this.#moved()
        }
      }),
    )
    for (;;) {
      await this.#settled()
      if (this.#running === 0) return (await results) as Results<T>
      const chosen = this.#exploration.choose([...this.#waiting.keys()].sort((one, other) => one - other))
      const next = this.#waiting.get(chosen) as Waiting
      this.#waiting.delete(chosen)
      this.order.push(next.step)
      await next.go()
    }
  }

  async #inTurn<T>(request: number, call: StorageCall, ask: () => Awaitable<T>): Promise<T> {
    let done: Attempt<T> = {}
    await this.#turn(request, `${request + 1} ${call.verb}`, async () => {
      done = await attempt(ask)
    })
    if (this.#lateAnswers) await this.#turn(request, `${request + 1} is answered`, () => {})
    if (done.failure !== undefined) throw done.failure
    return done.value as T
  }

  /** Waits at this step until it is chosen, and takes it. */
  #turn(request: number, step: string, take: () => Awaitable<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(request, {
        step,
        go: async () => {
          await take()
          resolve()
        },
      })
      this.#moved()
    })
  }

  /** Resolves when every request waits for its turn, for another one, or is done. */
  async #settled(): Promise<void> {
    for (let turn = 0; turn < TURNS && this.#waiting.size < this.#running; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    while (this.#waiting.size === 0 && this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#moved = resolve
      })
    }
  }
}
