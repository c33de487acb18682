import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'

/*
 * AVA starts a process for each file, which a run against thousands of mutants has no time for. Here the files are loaded once, into
 * one process, and their tests are run again and again. The tests, their hooks and their assertions are AVA's own: what fails here
 * fails there.
 */

interface Outcome {
  readonly passed: boolean
  readonly error: unknown
}

interface ContextRef {
  copy(): ContextRef
}

interface AvaTest {
  run(): Outcome | Promise<Outcome>
}

interface Metadata {
  readonly type: 'test' | 'before' | 'beforeEach' | 'afterEach' | 'after'
  readonly skipped: boolean
  readonly todo: boolean
}

interface Task {
  readonly title: string
  readonly implementation: (...args: unknown[]) => unknown
  readonly args: readonly unknown[]
  readonly metadata: Metadata
}

/** A file of tests: its tasks by type. */
interface SpecFile {
  readonly path: string
  readonly tasks: Task[]
}

/** A test that can be run. */
export interface SuiteTest {
  readonly id: string
  readonly title: string
  readonly path: string
}

/** What became of one run of a test: `failure` is undefined where it passed. */
export interface TestRun {
  readonly test: SuiteTest
  readonly failure: string | undefined
  readonly hung: boolean
  readonly milliseconds: number
}

/** The sandbox that holds the mutants, and not the folder that this file was loaded from. */
const inSandbox = (path: string): string => join(process.cwd(), path)
const ava = (path: string): string => inSandbox(`node_modules/ava/lib/${path}`)

/** Tests of files that were loaded once. */
export class Suite {
  readonly tests: readonly SuiteTest[]
  readonly #found = new Map<SuiteTest, { readonly file: SpecFile; readonly task: Task }>()
  readonly #internals: Internals
  /** What nobody caught, since a test began. */
  #uncaught: unknown

  private constructor(files: readonly SpecFile[], internals: Internals) {
    this.#internals = internals
    for (const file of files) {
      for (const task of file.tasks) {
        if (task.metadata.type !== 'test' || task.metadata.skipped || task.metadata.todo) continue
        const test = { id: `${file.path} › ${task.title}`, title: task.title, path: file.path }
        this.#found.set(test, { file, task })
      }
    }
    this.tests = [...this.#found.keys()]
    const note = (error: unknown): void => void (this.#uncaught ??= error ?? new Error('nothing was thrown'))
    process.on('unhandledRejection', note)
    process.on('uncaughtException', note)
  }

  static async load(paths: readonly string[]): Promise<Suite> {
    // A mutant is killed by what it does, not by luck.
    fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 1 })
    const internals = await loadInternals()
    const files: SpecFile[] = []
    for (const path of paths) {
      const tasks: Task[] = []
      internals.declareInto(tasks)
      await import(pathToFileURL(inSandbox(path)).href)
      files.push({ path, tasks })
    }
    return new Suite(files, internals)
  }

  /** Runs some tests, one after another, each with its file's hooks around it; gives each result as it comes. */
  async *run(tests: readonly SuiteTest[], limit: (test: SuiteTest) => number): AsyncGenerator<TestRun> {
    for (const test of tests) {
      const { file, task } = this.#found.get(test)!
      this.#uncaught = undefined
      const began = performance.now()
      const outcome = await within(limit(test), this.#runOne(file, task))
      const error = outcome === undefined ? new Error('did not end in time') : (outcome.error ?? this.#uncaught)
      yield {
        test,
        failure: error ? text(error) : undefined,
        hung: outcome === undefined,
        milliseconds: performance.now() - began,
      }
    }
  }

  async #runOne(file: SpecFile, task: Task): Promise<Outcome> {
    const shared = this.#internals.context()
    const run = async (types: readonly Metadata['type'][], ref: ContextRef): Promise<Outcome> => {
      for (const one of file.tasks) {
        if (!types.includes(one.metadata.type) || one.metadata.skipped) continue
        const outcome = await this.#internals.test(one, ref).run()
        if (!outcome.passed) return outcome
      }
      return PASSED
    }
    let outcome = await run(['before'], shared)
    const own = shared.copy()
    if (outcome.passed) outcome = await run(['beforeEach'], own)
    if (outcome.passed) outcome = await this.#internals.test(task, own).run()
    const each = await run(['afterEach'], own)
    const after = await run(['after'], shared)
    // What a test leaves behind ends with it, and a rejection that nobody caught is known by then.
    await new Promise((resolve) => setImmediate(resolve))
    return [outcome, each, after].find((one) => !one.passed) ?? PASSED
  }
}

const PASSED: Outcome = { passed: true, error: undefined }

interface Internals {
  /** Where what `test(…)` declares goes from now on. */
  declareInto(tasks: Task[]): void
  context(): ContextRef
  test(task: Task, contextRef: ContextRef): AvaTest
}

/** The parts of AVA that a test is made of. */
async function loadInternals(): Promise<Internals> {
  const part = async <T>(path: string): Promise<T> =>
    ((await import(pathToFileURL(ava(path)).href)) as { default: T }).default
  const Test = await part<new (options: object) => AvaTest>('test.js')
  const Context = await part<new () => ContextRef>('context-ref.js')
  const createChain =
    await part<(declare: (metadata: Metadata, args: unknown[]) => void, defaults: object, meta: object) => unknown>(
      'create-chain.js',
    )
  const parse =
    await part<
      (args: unknown[]) => { args: unknown[]; implementation: Task['implementation']; title: { value?: string } }
    >('parse-test-args.js')
  const state = createRequire(import.meta.url)(ava('worker/state.cjs')) as { refs: { runnerChain: unknown } }
  let declared: Task[] = []
  const defaults = {
    serial: true,
    exclusive: false,
    skipped: false,
    selected: true,
    todo: false,
    failing: false,
    inline: false,
    always: false,
  }
  state.refs.runnerChain = createChain(
    (metadata, declaration) => {
      const { args, implementation, title } = parse(declaration)
      declared.push({ title: title.value ?? metadata.type, implementation, args, metadata: { ...metadata } })
    },
    defaults,
    { file: import.meta.url },
  )
  return {
    declareInto: (tasks) => void (declared = tasks),
    context: () => new Context(),
    test: ({ title, implementation, args, metadata }, contextRef) =>
      new Test({
        contextRef,
        title,
        metadata,
        fn: args.length === 0 ? implementation : (t: unknown) => implementation(t, ...args),
        isHook: metadata.type !== 'test',
        failWithoutAssertions: metadata.type === 'test',
        testPassed: true,
        registerUniqueTitle: () => true,
        notifyTimeoutUpdate: () => undefined,
      }),
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** AVA's errors say what differed in details, or were caused by what a test threw. */
function text(error: unknown): string {
  const { message, cause, formattedDetails } = error as {
    message?: string
    cause?: unknown
    formattedDetails?: readonly { label: string; formatted: string }[]
  }
  const details = formattedDetails?.map(({ label, formatted }) => `${label} ${formatted}`).join('\n')
  return [message ?? String(error), details, cause === undefined ? undefined : String(cause)]
    .filter(Boolean)
    .join('\n')
    .slice(0, 2000)
}
