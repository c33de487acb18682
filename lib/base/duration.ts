import { SessionConfigError } from '../errors.ts'

/**
 * A length of time: a number with a unit (`'250ms'`, `'30s'`, `'30m'`, `'12h'`, `'7d'`), or a number of milliseconds. A day has 24 hours.
 * All options for lengths of time take it.
 */
export type Duration = number | `${number}${Unit}`

type Unit = 'ms' | 's' | 'm' | 'h' | 'd'

const MILLISECONDS: Readonly<Record<Unit, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Ten million days: any date of this millennium plus this is still a valid date. */
const LONGEST = 8.64e14

/**
 * Converts a duration to milliseconds, rounded up.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) naming `what`, if the duration is negative, not finite, above 10,000,000 days or not a
 *   duration at all.
 */
export function milliseconds(duration: Duration, what: string): number {
  const length = typeof duration === 'number' ? duration : parse(duration)
  if (length >= 0 && length <= LONGEST) return Math.ceil(length)
  throw new SessionConfigError(
    `${what} must be a duration from 0 to 10,000,000 days: a number of milliseconds, or a text such as '30m', '12h' or '7d'`,
  )
}

function parse(duration: unknown): number {
  if (typeof duration !== 'string') return Number.NaN
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) ?? []
  return amount === undefined ? Number.NaN : Number(amount) * MILLISECONDS[unit as Unit]
}
