import { letGo } from '../base/awaitable.ts'
import { kindOf } from '../base/kind.ts'
import { SessionConfigError } from '../errors.ts'

/**
 * A subject, which must be a text: `String(promise)` would be one user whom all are, and so would an empty one.
 *
 * @param must Where it comes from and what it must be, as in `'subject' must give a text`.
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) on anything else.
 */
export function checkedSubject(subject: unknown, name: string, must: string, instead: string): string {
  if (typeof subject === 'string' && subject !== '') return subject
  letGo(subject)
  const given = subject === '' ? 'an empty one' : kindOf(subject)
  throw new SessionConfigError(`session '${name}': ${must} that names one user, not ${given}: ${instead}`, name)
}
