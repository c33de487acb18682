import test from 'ava'
import { reported } from '../_stage.ts'
import type { Cases } from './_case.ts'

/** A test for each case of Meteor's, where there is no page. */
export function inNode(of: string, cases: Cases): void {
  for (const [name, run] of Object.entries(cases)) {
    test.serial(`${of} - ${name}`, async (t) => {
      const errors = reported(t)
      await run({
        is: (actual, expected, message) => t.is(actual, expected, message),
        deepEqual: (actual, expected, message) => t.deepEqual(actual, expected, message),
        throws: (f, message) => void t.throws(f, undefined, message),
        errors,
      })
    })
  }
}
