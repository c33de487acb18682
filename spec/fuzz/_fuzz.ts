import test from 'ava'
import fc from 'fast-check'

/*
 * Properties that are tried on many random cases in the specs, and on millions by `npm run fuzz`. A seed gives the same cases again.
 */

const { FUZZ_RUNS, FUZZ_SEED, FUZZ_PATH } = process.env

/** After so many cases the event loop has a turn, and the next seed begins. */
const BATCH = 20_000
/** How much of a processor one case may take, in milliseconds: far above what 4 kB may cost on any machine, far below what an attack is worth. */
const LONGEST = 1000
/** For how long a counter-example is made smaller, in milliseconds. */
const SHRINKING = 20_000

const PROTOTYPES = [Object, Array, Function, String, Number, Boolean, Map, Set, Date, URL, RegExp, Error].map(
  ({ name, prototype }) => ({ name, prototype: prototype as object, names: Reflect.ownKeys(prototype).length }),
)

/** What one case must keep: it throws, or gives `false`, where it does not. */
export type Property<T> = (value: T) => unknown

/**
 * Declares a test that a property holds for so many random values. Besides, for each of them: no prototype is changed, and it does
 * not take a second.
 */
export function fuzz<T>(title: string, values: fc.Arbitrary<T>, property: Property<T>, cases = 100_000): void {
  // One after another: each measures what it takes.
  test.serial(title, async (t) => {
    const seed = FUZZ_SEED === undefined ? Date.now() & 0x7fff_ffff : Number(FUZZ_SEED)
    const runs = FUZZ_RUNS === undefined ? cases : Number(FUZZ_RUNS)
    const began = performance.now()
    for (let done = 0; done < runs; done += BATCH) {
      const numRuns = Math.min(BATCH, runs - done)
      await check(title, values, property, {
        seed: (seed + done / BATCH) | 0,
        numRuns,
        ...(FUZZ_PATH !== undefined && { path: FUZZ_PATH }),
      })
      if (FUZZ_PATH !== undefined) break
    }
    const rate = Math.round((runs / (performance.now() - began)) * 1000)
    t.log(`${runs.toLocaleString('en')} cases from seed ${seed}, ${rate.toLocaleString('en')} a second`)
    t.pass()
  })
}

async function check<T>(
  title: string,
  values: fc.Arbitrary<T>,
  property: Property<T>,
  parameters: { seed: number; numRuns: number; path?: string },
): Promise<void> {
  let failedAt: number | undefined
  const watched = fc.asyncProperty(values, async (value) => {
    // Each smaller case of one that takes long takes long, too: what was found until now has to do.
    if (failedAt !== undefined && performance.now() - failedAt > SHRINKING) return
    try {
      await within(property, value)
    } catch (error) {
      failedAt ??= performance.now()
      throw error
    }
  })
  const outcome = await fc.check(watched, { ...parameters, includeErrorInReport: true })
  if (!outcome.failed) return
  const { seed, counterexamplePath, counterexample, numRuns, errorInstance } = outcome
  const replay = `npm run fuzz -- --seed ${seed} --path "${counterexamplePath}" --only '${title}'`
  throw new Error(
    `after ${numRuns} cases: ${String(errorInstance)}\nfor: ${fc.stringify(counterexample?.[0])}\nreplay: ${replay}`,
    { cause: errorInstance },
  )
}

async function within<T>(property: Property<T>, value: T): Promise<void> {
  const before = process.cpuUsage()
  const result = property(value)
  const holds = result instanceof Promise ? await result : result
  const { user, system } = process.cpuUsage(before)
  const took = (user + system) / 1000
  if (holds === false) throw new Error('it does not hold')
  for (const { name, prototype, names } of PROTOTYPES) {
    if (Reflect.ownKeys(prototype).length !== names) throw new Error(`${name}.prototype was changed`)
  }
  if (took > LONGEST) throw new Error(`it took ${Math.round(took)} ms of a processor`)
}
