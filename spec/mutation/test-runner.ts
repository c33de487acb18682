import { INSTRUMENTER_CONSTANTS, type MutantCoverage } from '@stryker-mutator/api/core'
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import {
  determineHitLimitReached,
  DryRunStatus,
  MutantRunStatus,
  TestStatus,
  type DryRunOptions,
  type DryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
} from '@stryker-mutator/api/test-runner'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { isWorthIt, mutationSpecs } from './_specs.ts'
import { Suite, type SuiteTest } from './_suite.ts'

/** What the instrumented code looks at. */
interface Instrument {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  mutantCoverage?: MutantCoverage
  hitCount?: number | undefined
  hitLimit?: number | undefined
}

/** How long a test may take at least, in milliseconds, and how many times as long as it took without a mutant. */
const PATIENCE = 5000
const SLOWER = 10

/**
 * How much time the tests against one mutant take together without it, in milliseconds: the quick ones are run. A mutant that only a slow
 * test would find counts as one that survives, so that the score is never better than the specs.
 */
const BUDGET = 10_000

/** In the sandbox. A process that is started later has seen no run without a mutant. */
const TIMES = 'test-times.json'

/** Runs the specs in the process that Stryker gives it. Mutants that are in force while modules are loaded get a new one. */
class SpecRunner implements TestRunner {
  readonly #instrument = instrument()
  #loaded: Promise<Suite> | undefined
  /** How long each test took, by its id. */
  readonly #times = new Map<string, number>(existsSync(TIMES) ? JSON.parse(readFileSync(TIMES, 'utf8')) : [])
  /** Which test killed the last mutant of a file: it is likely to kill the next. */
  readonly #killers = new Map<string, string>()

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: false }
  }

  async dryRun({ files = [] }: DryRunOptions): Promise<DryRunResult> {
    const suite = await this.#suite()
    const tests: TestResult[] = []
    for (const test of suite.tests.filter(({ title }) => isWorthIt(title, files))) {
      this.#instrument.currentTestId = test.id
      for await (const { failure, milliseconds } of suite.run([test], () => 60_000)) {
        const result = { id: test.id, name: test.id, fileName: test.path, timeSpentMs: Math.round(milliseconds) }
        this.#times.set(test.id, milliseconds)
        tests.push(
          failure === undefined
            ? { ...result, status: TestStatus.Success }
            : { ...result, status: TestStatus.Failed, failureMessage: failure },
        )
      }
      this.#instrument.currentTestId = undefined
    }
    writeFileSync(TIMES, JSON.stringify([...this.#times]))
    const { mutantCoverage } = this.#instrument
    return { status: DryRunStatus.Complete, tests, ...(mutantCoverage && { mutantCoverage }) }
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, testFilter, hitLimit, mutantActivation } = options
    if (mutantActivation === 'static') this.#instrument.activeMutant = activeMutant.id
    const suite = await this.#suite()
    this.#instrument.activeMutant = activeMutant.id
    this.#instrument.hitLimit = hitLimit
    this.#instrument.hitCount = hitLimit === undefined ? undefined : 0
    try {
      return await this.#against(suite, activeMutant.fileName, testFilter)
    } finally {
      this.#instrument.activeMutant = undefined
    }
  }

  #suite(): Promise<Suite> {
    return (this.#loaded ??= Suite.load(mutationSpecs()))
  }

  async #against(suite: Suite, mutated: string, ids: readonly string[] | undefined): Promise<MutantRunResult> {
    const meant = ids && new Set(ids)
    const tests = suite.tests
      .filter(({ id, title }) => (!meant || meant.has(id)) && isWorthIt(title, [mutated]))
      .sort((a, b) => this.#turn(a, mutated) - this.#turn(b, mutated))
    let budget = BUDGET
    const affordable = tests.filter(({ id }) => (budget -= this.#times.get(id) ?? 0) > 0)
    const limit = ({ id }: SuiteTest): number => PATIENCE + SLOWER * (this.#times.get(id) ?? 0)
    let nrOfTests = 0
    for await (const { test, failure, hung } of suite.run(affordable, limit)) {
      nrOfTests++
      if (failure === undefined) continue
      const reached = determineHitLimitReached(this.#instrument.hitCount, this.#instrument.hitLimit)
      if (reached) return { status: MutantRunStatus.Timeout, ...(reached.reason && { reason: reached.reason }) }
      if (hung) return { status: MutantRunStatus.Timeout, reason: `${test.id} ${failure}` }
      this.#killers.set(mutated, test.id)
      return { status: MutantRunStatus.Killed, killedBy: [test.id], failureMessage: failure, nrOfTests }
    }
    return { status: MutantRunStatus.Survived, nrOfTests }
  }

  /** The quick ones first, and before them the one that found the last mutant of this file. */
  #turn({ id }: SuiteTest, mutated: string): number {
    return this.#killers.get(mutated) === id ? -1 : (this.#times.get(id) ?? 0)
  }
}

function instrument(): Instrument {
  const holder = globalThis as unknown as Record<string, Instrument | undefined>
  return (holder[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {})
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'specs', SpecRunner)]
