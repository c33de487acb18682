import { SessionConfigError } from '../errors.ts'
import { isPlainObject, kindOf } from './kind.ts'

/**
 * Refuses options that do not exist, since a misspelt one would otherwise be ignored in silence, and whatever is no plain object:
 * an array, a class instance or a promise would pass for options of which none is set. Call it before the options are looked at.
 *
 * @param what The function that takes them, as in `memoryStorage`.
 * @param session The name of the session that they are about, where they are about one.
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) naming the first unknown one, and those that there are.
 */
export function checkOptionNames(what: string, options: unknown, names: readonly string[], session?: string): void {
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

const TYPES = { function: 'a function', boolean: 'true or false', string: 'a string' } as const

/**
 * Refuses options of another type: `'false'` for `false`, the result of a function for the function. One that is left out is fine.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) naming the first wrong one, its type and the type that is needed.
 */
export function checkOptionTypes(
  what: string,
  options: object,
  types: Readonly<Record<string, keyof typeof TYPES>>,
  session?: string,
): void {
  for (const [name, type] of Object.entries(types)) {
    const value = (options as Readonly<Record<string, unknown>>)[name]
    if (value === undefined || typeof value === type) continue
    throw new SessionConfigError(`${what}: '${name}' must be ${TYPES[type]}, not ${kindOf(value)}`, session)
  }
}

/**
 * A number of things, of which there is at least one.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) where it is not a whole number from 1 on; `Infinity` is allowed.
 */
export function checkCount(what: string, count: number): number {
  if (count === Infinity || (Number.isSafeInteger(count) && count >= 1)) return count
  throw new SessionConfigError(`${what} must be a whole number from 1 on: write 10_000, or Infinity for no bound`)
}
