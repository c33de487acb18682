import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { root } from './_repository.ts'

/** What a program printed, and how it ended. */
export interface Run {
  readonly code: number
  readonly output: string
}

/** Runs a program in a folder. Its own coverage is nobody's business: what it runs is not the library's source. */
export function run(program: string, args: readonly string[], cwd: string): Promise<Run> {
  const { NODE_V8_COVERAGE: _, ...env } = process.env
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error ? 1 : 0, output: `${stdout}${stderr}` })
    })
  })
}

/** Runs the compiler of this repository in a folder. */
export function tsc(cwd: string, ...args: string[]): Promise<Run> {
  return run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--pretty', 'false', ...args], cwd)
}
