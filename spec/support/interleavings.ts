import { AsyncLocalStorage } from 'node:async_hooks'
import { attempt, type Attempt, type Awaitable } from '../../lib/base/awaitable.ts'
import type { SessionStorage } from '../../lib/contracts/storage.ts'
import { Exploration } from './exploration.ts'
import { calledThrough, type StorageCall } from '../../lib/testing/conformance/storage-call.ts'

/** The number of turns of the event loop that a request may take between two storage calls. */
const TURNS = 4

/** The options of {@link interleavings}. */
export interface InterleavingsOptions {
  /**
   * Whether a result may arrive late, as a step of its own. This adds many orders, which differ only if requests share more than the
   * storage: memory of one process, or the order of responses. Default `false`.
   */
  readonly lateAnswers?: boolean
  /** The maximum number of orders. If there are more, the second half is random. Default 1000. */
  readonly limit?: number
  /** The seed of the random orders. Default 1. */
  readonly seed?: number
}

type Requests<T extends readonly unknown[]> = { readonly [K in keyof T]: () => Awaitable<T[K]> }
type Results<T extends readonly unknown[]> = { -readonly [K in keyof T]: PromiseSettledResult<T[K]> }

/** One order of the requests' calls to a storage. */
export interface Interleaving {
  /** The storage, called in this order. Calls outside of {@link together} pass immediately. */
  scheduled(engine: SessionStorage): SessionStorage
  /** Runs requests concurrently, and returns the results when all have ended. */
  together<T extends readonly unknown[]>(...requests: Requests<T>): Promise<Results<T>>
  /** The order so far: the number of the request (from 1), and the method. */
  readonly order: readonly string[]
}

/**
 * Plays a race repeatedly, each time with another order of its storage calls. It takes no time except what the requests themselves wait for.
 *
 * It works with all calls in one process: two mounts, each with `scheduled` of the same storage, are two servers.
 *
 * @param play Creates a storage, runs the requests by `together`, and checks the result. If it throws, the error names the order.
 * @returns The number of orders that were tried, and whether these are all.
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

/** A request that is waiting for its turn. */
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

  /** Waits until this step is chosen, and then runs it. */
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

  /** Resolves when every request waits for its turn, waits for another request, or has ended. */
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
