import { SessionConfigError } from '../errors.ts'

/**
 * A length of time: a number with a unit, `'30s'`, `'30m'`, `'12h'`, `'7d'`, `'250ms'`, or plain milliseconds.
 * A day has 24 hours. One rule for every option of this library that is a length of time.
 */
export type Duration = number | `${number}${Unit}`

type Unit = 'ms' | 's' | 'm' | 'h' | 'd'

const MILLISECONDS: Readonly<Record<Unit, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Ten million days: added to any date of this millennium it still is a date. */
const LONGEST = 8.64e14

/**
 * A duration in milliseconds, rounded up to a whole one.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) naming `what`, where it is negative, not finite, above 10,000,000 days
 *   or not written as a duration.
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
