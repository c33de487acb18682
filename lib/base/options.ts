import { SessionConfigError } from '../errors.ts'

/**
 * Refuses options that do not exist, since a misspelt one would otherwise be ignored in silence.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) naming the first unknown one, and those that there are.
 */
export function checkOptionNames(what: string, options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new SessionConfigError(`${what} has no option '${unknown}': it takes ${names.join(', ')}`)
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
