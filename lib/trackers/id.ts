import { letGo } from '../base/awaitable.ts'
import { framed, sha256 } from '../base/digest.ts'
import { FORMAT } from '../base/format.ts'
import { kindOf } from '../base/kind.ts'
import type { SessionRecord } from '../contracts/record.ts'
import { SessionConfigError } from '../errors.ts'

/** What an id looks like: how long it is, and which characters do not stand in it. */
interface Form {
  readonly shortest: number
  readonly longest: number
  readonly foreign: RegExp
}

/** What our own generator gives: 256 random bits as base64url. */
const OWN_FORM: Form = { shortest: 43, longest: 43, foreign: /[^\w-]/ }

/** What a generator of the app's may give. OWASP asks for 64 random bits at least: 16 hexadecimal digits. */
const ANY_FORM: Form = { shortest: 16, longest: 256, foreign: /[^\w.~-]/ }

/** The ids of one session: what they look like, and what the storage sees of them. */
export interface Ids {
  /** A new id as it is. @throws SessionConfigError where it is no text, or not of that form. */
  readonly checked: (id: unknown) => string
  /** Whether a token has the form of an id: checked before the storage is asked. */
  readonly isWellFormed: (token: string) => boolean
  /** The key of an id in a storage: its hash, bound to the session, so that the storage holds no credential. */
  readonly key: (id: string) => string
  /** The hash of a subject, bound to the session likewise. */
  readonly subject: (subject: string) => string
  /** Where the generation of a subject (as {@link subject} gives it) is kept. */
  readonly generationKey: (subject: string) => string
  /** Where the ids of a session that has several are listed. */
  readonly twinsKey: (identity: string) => string
  /** Where what a ticket stands for is kept. */
  readonly ticketKey: (purpose: string, ticket: string) => string
  /** A record's public name: a hash of its identity. It tells neither the id nor whose session it is. */
  readonly handle: (record: SessionRecord) => string
}

export function sessionIds(name: string, transport: string, form: 'own' | 'any'): Ids {
  const { shortest, longest, foreign } = form === 'own' ? OWN_FORM : ANY_FORM
  const isWellFormed = (token: string): boolean =>
    token.length >= shortest && token.length <= longest && !foreign.test(token)
  const keyPrefix = framed(FORMAT, 'id', transport, name)
  const generationPrefix = framed(FORMAT, 'generation', transport, name)
  const twinsPrefix = framed(FORMAT, 'twins', transport, name)
  const ticketPrefix = framed(FORMAT, 'ticket', transport, name)
  const handlePrefix = framed(FORMAT, 'handle', transport, name)
  const subjectPrefix = framed(FORMAT, 'subject', transport, name)
  return {
    checked(id) {
      if (typeof id === 'string' && isWellFormed(id)) return id
      letGo(id)
      throw new SessionConfigError(
        `generateId of session '${name}' must give 16 to 256 characters of A-Z a-z 0-9 . _ ~ -, no two alike and none to be guessed; ` +
          (typeof id === 'string' ? 'it gave another text' : `it gave ${kindOf(id)}`),
        name,
      )
    },
    isWellFormed,
    key: (id) => sha256(keyPrefix + framed(id)),
    subject: (subject) => sha256(subjectPrefix + framed(subject)),
    generationKey: (subject) => sha256(generationPrefix + framed(subject)),
    twinsKey: (identity) => sha256(twinsPrefix + framed(identity)),
    ticketKey: (purpose, ticket) => sha256(ticketPrefix + framed(purpose, ticket)),
    handle: ({ identity }) => sha256(handlePrefix + framed(identity)),
  }
}
