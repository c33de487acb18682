import { kindOf } from '../base/kind.ts'
import { isWellFormed } from '../base/well-formed.ts'
import { SessionConfigError } from '../errors.ts'
import type { TransportKind } from './options.ts'

/** The function that makes a definition of each kind. */
const MAKERS = { cookie: 'cookie', header: 'header', custom: 'session' } as const

/** @throws SessionConfigError (`ERR_SESSION_CONFIG`) on anything that cannot name a session. */
export function checkName(kind: TransportKind, name: unknown): void {
  const maker = MAKERS[kind]
  if (typeof name !== 'string') {
    const missing = name === undefined ? 'there is none' : `it is ${kindOf(name)}`
    throw new SessionConfigError(
      `${maker}() needs a name, a string, and ${missing}: write ${maker}('${kind === 'header' ? 'X-Cart' : 'cart'}', { … })`,
    )
  }
  // The transports check the characters of cookie and header names.
  if (name === '' && kind === 'custom') throw new SessionConfigError(`${maker}() needs a name, and it is empty`)
  // UTF-8 would make one name of several.
  if (!isWellFormed(name)) throw new SessionConfigError(`${maker}(): the name has half a character (a lone surrogate)`)
}
