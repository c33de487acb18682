import { toCanonicalText } from '../../../lib/wire/canonical-text.ts'
import type { Cases } from './_case.ts'
import { cases as reactiveDict } from './_reactive-dict.ts'
import { cases as session } from './_session.ts'
import { cases as tracker } from './_tracker.ts'

function equal(isEqual: boolean, actual: unknown, expected: unknown): void {
  if (!isEqual) throw new Error(`${String(actual)} instead of ${String(expected)}`)
}

/** Runs all cases one after the other, in the page that loads this; gives what failed, by the name of the case. */
async function run(of: string, cases: Cases): Promise<string[]> {
  const failed: string[] = []
  for (const [name, each] of Object.entries(cases)) {
    const errors: unknown[] = []
    let checks = 0
    Object.assign(globalThis, { reportError: (error: unknown) => errors.push(error) })
    try {
      await each({
        is: (actual, expected) => equal((checks++, Object.is(actual, expected)), actual, expected),
        deepEqual: (actual, expected) =>
          equal((checks++, toCanonicalText(actual) === toCanonicalText(expected)), actual, expected),
        throws(f) {
          checks++
          try {
            f()
          } catch {
            return
          }
          throw new Error('nothing was thrown')
        },
        errors,
      })
      equal(checks > 0, 'no check', 'some')
    } catch (error) {
      failed.push(`${of} - ${name}: ${String(error)}`)
    }
  }
  return failed
}

export const results = async () => [
  await run('tracker', tracker),
  await run('reactive-dict', reactiveDict),
  await run('session', session),
]
