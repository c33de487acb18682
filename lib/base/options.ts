import { SessionConfigError } from '../errors.ts'
import { isPlainObject, kindOf } from './kind.ts'

/** Reports what is wrong with an option, and what to write instead. */
export type Fail = (what: string) => never

/** A check of one option. An option that is left out is not checked. */
export type OptionRule = (value: unknown, fail: Fail) => void

/**
 * The type of each option, or its rule; `any` for an option that is checked elsewhere. Messages list the options in this order. An option
 * that is missing here does not compile.
 */
export type OptionChecks<O> = { readonly [K in keyof O]-?: OptionCheck }
type OptionCheck = 'any' | keyof typeof TYPES | OptionRule

const TYPES = { function: 'a function', boolean: 'true or false', string: 'a string' } as const

/**
 * Checks options before they are used. A misspelt option would otherwise be ignored without notice, and anything but a plain object (an
 * array, a class instance, a promise) would pass for options of which none is set.
 *
 * @param what What the options belong to, as in `mint()` or `session 'cart'`.
 * @param session The name of the session that they belong to, if they belong to one.
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) naming the first unknown or wrong option, and what is needed.
 */
export function checkOptions<O extends object>(
  what: string,
  options: O,
  checks: OptionChecks<O>,
  session?: string,
): void {
  checkNames(what, options, Object.keys(checks), session)
  const fail: Fail = (text) => {
    throw new SessionConfigError(`${what}: ${text}`, session)
  }
  for (const [name, check] of Object.entries<OptionCheck>(checks)) {
    const value = (options as Readonly<Record<string, unknown>>)[name]
    if (value === undefined || check === 'any' || typeof value === check) continue
    if (typeof check === 'function') check(value, fail)
    else fail(`'${name}' must be ${TYPES[check]}, not ${kindOf(value)}`)
  }
}

function checkNames(what: string, options: unknown, names: readonly string[], session?: string): void {
  if (!isPlainObject(options)) {
    throw new SessionConfigError(
      `${what} takes its options as a plain object, not ${kindOf(options)}: write { ${names.join(', ')} }, or some of these`,
      session,
    )
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new SessionConfigError(`${what} has no option '${unknown}': it takes ${names.join(', ')}`, session)
}

/**
 * Checks a positive count.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) unless it is a whole number from 1, or `Infinity`.
 */
export function checkCount(what: string, count: number): number {
  if (count === Infinity || (Number.isSafeInteger(count) && count >= 1)) return count
  throw new SessionConfigError(`${what} must be a whole number from 1 on: write 10_000, or Infinity for no limit`)
}
