import type { ExecutionContext } from 'ava'
import { isSessionError, type SessionErrorCode } from 'koa-typed-sessions'
import { KEY } from '../../support/app.ts'

/** Too short by one character. */
export const SHORT = 'k'.repeat(31)

/** What no compiler would let pass. */
export const any = <T>(value: unknown): T => value as T

/** That each is refused at once, with an error that names what is wrong, and no key. */
export function refused(
  t: ExecutionContext,
  code: SessionErrorCode,
  cases: Readonly<Record<string, () => unknown>>,
  naming: RegExp,
): void {
  for (const [what, make] of Object.entries(cases)) {
    const error = t.throws(make, undefined, what)
    t.true(isSessionError(error) && error.code === code, `${what}: ${error}`)
    t.regex(error?.message ?? '', naming, what)
    t.false(error?.message.includes(SHORT) || error?.message.includes(KEY), what)
  }
}
