import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Setting, Work } from './case.ts'
import type { Contestant } from './contestant.ts'
import type { Profile } from './profile.ts'
import type { Cost } from './subject.ts'
import type { Growth, Reply, Request } from './worker-protocol.ts'

/** A worker process, seen from the outside. */
export class Contender {
  readonly #process: ChildProcess

  constructor() {
    this.#process = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), {
      execArgv: ['--import=tsx', '--expose-gc', ...PROFILING],
      env: { ...process.env, NODE_ENV: 'production', NO_DEPRECATION: '*' },
      stdio: ['ignore', 'ignore', process.env['BENCH_VERBOSE'] ? 'inherit' : 'ignore', 'ipc'],
    })
  }

  start(contestant: Contestant, setting: Setting): Promise<void> {
    return this.#ask({ act: 'start', contestant: contestant.name, setting })
  }

  settle(works: readonly Work[], requests: number): Promise<void> {
    return this.#ask({ act: 'settle', works, requests })
  }

  sample(work: Work, requests: number, atOnce?: number): Promise<Cost> {
    return this.#ask({ act: 'sample', work, requests, ...(atOnce !== undefined && { atOnce }) })
  }

  allocation(work: Work): Promise<number> {
    return this.#ask({ act: 'allocation', work })
  }

  profile(work: Work, requests: number): Promise<Profile> {
    return this.#ask({ act: 'profile', work, requests })
  }

  listen(): Promise<number> {
    return this.#ask({ act: 'listen' })
  }

  cookies(work: Work): Promise<readonly string[]> {
    return this.#ask({ act: 'cookies', work })
  }

  grow<T>(what: Growth, counts: readonly number[], folder: string, requests: number): Promise<readonly T[]> {
    return this.#ask({ act: 'grow', what, counts, folder, requests })
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const exit = once(this.#process, 'exit')
    this.#process.send({ act: 'stop' } satisfies Request)
    await exit
  }

  #ask<T>(request: Request): Promise<T> {
    return new Promise((resolve, reject) => {
      const child = this.#process
      const end = (): void => {
        child.off('message', onMessage)
        child.off('exit', onExit)
      }
      const onMessage = ({ value, failure }: Reply): void => {
        end()
        if (failure === undefined) resolve(value as T)
        else reject(new Error(failure))
      }
      const onExit = (): void => {
        end()
        reject(new Error(`a worker ended before it had answered '${request.act}'`))
      }
      child.on('message', onMessage)
      child.on('exit', onExit)
      child.send(request)
    })
  }
}

/** `BENCH_PROFILE=folder`: where the workers leave their CPU profiles. */
const { BENCH_PROFILE } = process.env
const PROFILING = BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${BENCH_PROFILE}`] : []
