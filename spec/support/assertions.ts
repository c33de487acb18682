import type { ExecutionContext } from 'ava'
import type { Assertions } from '../../lib/testing/index.ts'

/** AVA's assertions as the conformance suites want them. */
export function assertions(t: ExecutionContext): Assertions {
  return {
    equal: (actual, expected, message) => void t.deepEqual(actual, expected, message),
    ok: (value, message) => void t.truthy(value, message),
  }
}
