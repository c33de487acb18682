import { letGo } from '../base/awaitable.ts'
import { kindOf } from '../base/kind.ts'
import { SessionConfigError } from '../errors.ts'

/**
 * Returns a subject if it is a text that is not empty. A promise, converted to a text, would make all users one.
 *
 * @param must The source of the subject and the rule, as in `'subject' must return a text`.
 * @param instead What to write instead.
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) on any other value.
 */
export function checkedSubject(subject: unknown, name: string, must: string, instead: string): string {
  if (typeof subject === 'string' && subject !== '') return subject
  letGo(subject)
  const given = subject === '' ? 'an empty one' : kindOf(subject)
  throw new SessionConfigError(`session '${name}': ${must} that names one user, not ${given}: ${instead}`, name)
}
