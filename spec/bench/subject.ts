import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LOGIN, PATHS, type Setting, type Work } from './case.ts'
import type { Contestant, Served } from './contestant.ts'
import { cookieHeader, NO_SESSION, STRANGE } from './driver/cookies.ts'
import { type Asked, drive, exchange } from './driver/in-process.ts'
import { type Profile, profiled } from './profile.ts'
import { NAME } from './value.ts'

/** What a request costs: nanoseconds of the clock, and of the processor. */
export interface Cost {
  readonly wall: number
  readonly cpu: number
}

const WITH_TOKEN: readonly Work[] = ['unused', 'read', 'write']
/** How many requests are under way at once. */
const AT_ONCE = 16
/** How many requests are looked at for what they allocate: few enough that the collector seldom comes. */
const ALLOCATING = 32
const ALLOCATION_SAMPLES = 15

/** One contestant at work: its app, and clients that have a session each. */
export class Subject {
  readonly #served: Served
  readonly #cookies: readonly string[]
  readonly #next: Readonly<Record<Work, () => Asked>>

  private constructor(served: Served, cookies: readonly string[]) {
    this.#served = served
    this.#cookies = cookies
    const next = (work: Work): (() => Asked) => {
      const bytes = this.cookies(work).map((cookie) => Buffer.from(cookie, 'latin1'))
      const path = PATHS[work]
      let turn = 0
      return () => ({ path, cookie: bytes[turn++ % bytes.length] as Buffer })
    }
    this.#next = { absent: next('absent'), unused: next('unused'), read: next('read'), write: next('write') }
  }

  /** Starts the app, has the clients log in, and sees to it that the app does what it is measured for. */
  static async start(contestant: Contestant, setting: Setting): Promise<Subject> {
    const served = await contestant.serve(setting)
    const cookies: string[] = []
    for (let client = 0; client < contestant.clients; client++) {
      const none = { path: LOGIN, cookie: Buffer.from(NO_SESSION, 'latin1') }
      const response = await exchange(served.listener, none)
      cookies.push(response.cookies.length > 0 ? cookieHeader(response.cookies) : STRANGE)
    }
    const subject = new Subject(served, cookies)
    await subject.#check(contestant)
    return subject
  }

  /** The `Cookie` headers that requests for a work come with: of clients that do no other. */
  cookies(work: Work): readonly string[] {
    if (work === 'absent') return [NO_SESSION]
    const share = Math.floor(this.#cookies.length / WITH_TOKEN.length)
    const first = share * WITH_TOKEN.indexOf(work)
    return this.#cookies.slice(first, first + share)
  }

  /** So many requests; as many as a third of them go before, for the processor to find its way back from other processes. */
  async sample(work: Work, requests: number, atOnce = AT_ONCE): Promise<Cost> {
    await drive(this.#served.listener, this.#next[work], Math.ceil(requests / 3), atOnce)
    const cpu = process.cpuUsage()
    const begin = process.hrtime.bigint()
    await drive(this.#served.listener, this.#next[work], requests, atOnce)
    const wall = Number(process.hrtime.bigint() - begin)
    const { user, system } = process.cpuUsage(cpu)
    return { wall: wall / requests, cpu: ((user + system) * 1000) / requests }
  }

  /** Bytes of the JavaScript heap that a request takes. */
  async allocation(work: Work): Promise<number> {
    const samples: number[] = []
    global.gc?.()
    await drive(this.#served.listener, this.#next[work], ALLOCATING, AT_ONCE)
    for (let sample = 0; sample < ALLOCATION_SAMPLES; sample++) {
      const before = process.memoryUsage().heapUsed
      await drive(this.#served.listener, this.#next[work], ALLOCATING, AT_ONCE)
      samples.push((process.memoryUsage().heapUsed - before) / ALLOCATING)
    }
    // Where the collector came in between, the difference says nothing; it is negative then, or far from the others.
    const sorted = samples.filter((bytes) => bytes > 0).sort((a, b) => a - b)
    return sorted[sorted.length >> 1] ?? Number.NaN
  }

  /** In what its time goes, of so many requests. */
  async profile(work: Work, requests: number): Promise<Profile> {
    return profiled(requests, () => drive(this.#served.listener, this.#next[work], requests, AT_ONCE))
  }

  /**
   * Brings the process to where it stays: compiled, and past the third full collection, after which V8 treats a Koa app
   * differently (5 µs a request before, 7 after).
   */
  async settle(works: readonly Work[], requests: number): Promise<void> {
    for (const work of works) await this.#warm(work, requests)
    for (let collection = 0; collection < 4; collection++) global.gc?.()
    for (const work of works) await this.#warm(work, requests)
  }

  /** Listens on a free loopback port. */
  async listen(): Promise<{ port: number; close(): void }> {
    const server = createServer(this.#served.listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
      port: (server.address() as AddressInfo).port,
      close() {
        server.close()
        server.closeAllConnections()
      },
    }
  }

  async close(): Promise<void> {
    await this.#served.close?.()
  }

  /** So many requests, or as many as a third of a second takes. */
  async #warm(work: Work, requests: number): Promise<void> {
    const end = performance.now() + 333
    for (let done = 0; done < requests && performance.now() < end; done += 100) {
      await drive(this.#served.listener, this.#next[work], 100, AT_ONCE)
    }
  }

  async #check({ name, kind }: Contestant): Promise<void> {
    const [cookie = ''] = this.#cookies
    const get = (path: string, header: string) =>
      exchange(this.#served.listener, { path, cookie: Buffer.from(header, 'latin1') })
    const expect = (what: string, found: unknown, wanted: unknown): void => {
      if (found !== wanted) throw new Error(`${name}: ${what} gives ${String(found)}, not ${String(wanted)}`)
    }
    expect('a route that does not look', (await get(PATHS.unused, cookie)).body, 'ok')
    expect('a read', (await get(PATHS.read, cookie)).body, NAME)
    const written = await get(PATHS.write, cookie)
    expect('a write', written.body, '2')
    if (kind === 'bare') return
    expect('a read without a session', (await get(PATHS.read, NO_SESSION)).body, 'nobody')
    const next = written.cookies.length > 0 ? cookieHeader(written.cookies) : cookie
    expect('a write after a write', (await get(PATHS.write, next)).body, '3')
  }
}
