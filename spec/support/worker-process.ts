import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { build } from 'esbuild'
import { temporaryFolder } from './temporary-folder.ts'

type Teardown = Pick<ExecutionContext, 'teardown'>

/** The path of a script with all that it imports in one file, as JavaScript: a process that runs it is there in no time. */
export async function bundled(t: Teardown, script: URL): Promise<string> {
  const outfile = join(temporaryFolder(t), 'script.mjs')
  await build({ entryPoints: [fileURLToPath(script)], bundle: true, platform: 'node', format: 'esm', outfile })
  return outfile
}

/**
 * A process of its own that runs a script until the test is over. The script sends `'ready'` when it can work, answers each
 * message with `{ answer }`, and may say in between that it is `'under way'`.
 */
export class WorkerProcess {
  readonly ready: Promise<unknown>
  readonly #process: ChildProcess

  /** `script`: a path that {@link bundled} gave, or the address of a module. */
  constructor(t: Teardown, script: string | URL, args: readonly string[]) {
    this.#process = typeof script === 'string' ? fork(script, args, { execArgv: [] }) : fork(script, args)
    t.teardown(() => this.#process.kill('SIGKILL'))
    this.ready = this.#message((told) => told === 'ready')
  }

  /** Has it do its work, and gives its answer. */
  async work(message: object | string | number): Promise<unknown> {
    await this.ready
    const answer = this.#message((told) => typeof told === 'object')
    this.#process.send(message)
    return ((await answer) as { answer: unknown }).answer
  }

  /** Waits until it says that it is in the middle of it. */
  underWay(): Promise<unknown> {
    return this.#message((told) => told === 'under way')
  }

  async kill(): Promise<void> {
    const exit = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exit
  }

  #message(isIt: (told: unknown) => boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error('The worker has ended'))
      const listen = (told: unknown): void => {
        if (!isIt(told)) return
        this.#process.off('message', listen).off('exit', ended)
        resolve(told)
      }
      this.#process.on('message', listen).once('exit', ended)
    })
  }
}
