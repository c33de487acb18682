import { letGo } from '../base/awaitable.ts'
import { framed, sha256 } from '../base/digest.ts'
import { FORMAT } from '../base/format.ts'
import { kindOf } from '../base/kind.ts'
import type { SessionRecord } from '../contracts/record.ts'
import { SessionConfigError } from '../errors.ts'

/** The form of an id: its length, and the characters that it must not contain. */
interface Form {
  readonly shortest: number
  readonly longest: number
  readonly foreign: RegExp
}

/** Generated ids: 256 random bits as base64url. */
const OWN_FORM: Form = { shortest: 43, longest: 43, foreign: /[^\w-]/ }

/** Ids of the app's own generator. OWASP asks for at least 64 random bits, which is 16 hexadecimal digits. */
const ANY_FORM: Form = { shortest: 16, longest: 256, foreign: /[^\w.~-]/ }

const PURPOSES = ['id', 'subject', 'generation', 'twins', 'ticket', 'handle'] as const

/**
 * The form of a definition's ids, and the keys that the storage knows its sessions by. All keys are hashes that are bound to the
 * definition and to their purpose: the storage holds no credential, and no two purposes share a key.
 */
export class StorageKeys {
  readonly #name: string
  readonly #form: Form
  readonly #prefixes: Readonly<Record<(typeof PURPOSES)[number], string>>

  constructor(name: string, transport: string, form: 'own' | 'any') {
    const prefixes = PURPOSES.map((purpose) => [purpose, framed(FORMAT, purpose, transport, name)])
    this.#name = name
    this.#form = form === 'own' ? OWN_FORM : ANY_FORM
    this.#prefixes = Object.fromEntries(prefixes)
  }

  /** A new id, unchanged. @throws SessionConfigError (`ERR_SESSION_CONFIG`) if it has another type or form. */
  checked(id: unknown): string {
    if (typeof id === 'string' && this.isWellFormed(id)) return id
    letGo(id)
    throw new SessionConfigError(
      `generateId of session '${this.#name}' must give 16 to 256 characters of A-Z a-z 0-9 . _ ~ -, unique and impossible to guess; ` +
        (typeof id === 'string' ? 'it gave another text' : `it gave ${kindOf(id)}`),
      this.#name,
    )
  }

  /** Whether a token has the form of an id: checked before the storage is asked. */
  isWellFormed(token: string): boolean {
    const { shortest, longest, foreign } = this.#form
    return token.length >= shortest && token.length <= longest && !foreign.test(token)
  }

  /** The key of a session by its id. */
  key(id: string): string {
    return sha256(this.#prefixes.id + framed(id))
  }

  /** The hash of a subject. */
  subject(subject: string): string {
    return sha256(this.#prefixes.subject + framed(subject))
  }

  /** The key of a subject's generation. @param subject As {@link subject} returns it. */
  generationKey(subject: string): string {
    return sha256(this.#prefixes.generation + framed(subject))
  }

  /** The key of the list of a session's ids, if it has several. */
  twinsKey(identity: string): string {
    return sha256(this.#prefixes.twins + framed(identity))
  }

  /** The key of a ticket's text. */
  ticketKey(purpose: string, ticket: string): string {
    return sha256(this.#prefixes.ticket + framed(purpose, ticket))
  }

  /** The public name of a record's session: a hash of its identity, which reveals neither the id nor the subject. */
  handle({ identity }: SessionRecord): string {
    return sha256(this.#prefixes.handle + framed(identity))
  }
}
