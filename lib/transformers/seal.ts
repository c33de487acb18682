import { defaults, seal as sealIron, unseal as unsealIron } from 'iron-webcrypto'
import { FORMAT } from '../base/format.ts'
import { checkOptions } from '../base/options.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { Decoded, Purpose, SessionTransformer } from '../contracts/transformer.ts'
import { SessionKeysError } from '../errors.ts'
import { checkKeys, deriveKey, keyRing } from './key-ring.ts'
import { cachingTokens } from './token-cache.ts'

/** The options of {@link seal}. */
export interface SealOptions {
  /**
   * The first password seals, all unseal. Tokens of a later one are sealed again with the first one. Texts of at least 32 characters, which
   * are used unchanged: @hapi/iron opens the tokens with the same password.
   */
  readonly password: string | readonly string[] | (() => string | readonly string[])
}

/**
 * Fe26.2 as this library writes it, field by field: without raw keys and without an expiry. The format allows variants, and this library
 * accepts exactly one text for each token.
 */
const FORM = /^Fe26\.2\*([0-9a-f]{6})\*[0-9a-f]{64}\*([\w-]{22})\*([\w-]+)\*\*[0-9a-f]{64}\*([\w-]{43})$/

/** The sealed data. Fe26.2 has no associated data, so that the purpose of the token is inside. */
interface Sealed {
  readonly format: string
  readonly transport: string
  readonly name: string
  readonly text: string
}

/**
 * Seals as Fe26.2, the format of iron-session, hapi, h3 and Nuxt, with iron-webcrypto: the client can neither read nor change the value, nor
 * use it for another session.
 *
 * Asynchronous: tokens are opened before the handler. A token takes about 300 µs each way, and a few µs if it was opened recently. Prefer
 * `encrypt` unless another program must open the tokens.
 *
 * @throws SessionKeysError (`ERR_SESSION_KEYS`) if there is no password, or a password is too short, guessable or repeated. Also on use, if
 *   the passwords have changed to such a list, or the function that returns them throws.
 *
 * @example
 * const Account = cookie<Account>('account', { transform: seal({ password: process.env.SESSION_PASSWORD! }) })
 */
export function seal(options: SealOptions): SessionTransformer {
  checkOptions('seal()', options, { password: 'any' })
  const { password } = options
  checkKeys(password, 'seal({ password })')
  if (typeof password !== 'function') for (const one of [password].flat()) checkText(one, 'seal({ password })')
  return {
    async: true,
    authenticates: true,
    bind(purpose: Purpose) {
      const ring = keyRing(password, `session '${purpose.name}'`, (key) => ringPassword(key, purpose))
      const bound = {
        safe: true,
        async encode(text: string): Promise<string> {
          const passwords = ring()
          const sealed: Sealed = { format: FORMAT, transport: purpose.transport, name: purpose.name, text }
          return sealIron(sealed, passwords[0], { ...defaults, encode: JSON.stringify })
        },
        decode(token: string): Decoded | Refused | Promise<Decoded | Refused> {
          const passwords = ring()
          const id = keyId(token)
          if (id === null) return refuse('malformed')
          const used = passwords.find((candidate) => candidate.id === id)
          if (!used) return refuse('unknown-key')
          return unseal(token, used.secret, purpose).then((text) =>
            text === null ? refuse('bad-signature') : { text, retired: used !== passwords[0] },
          )
        },
      }
      return cachingTokens(bound, 'expensive', ring)
    },
  }
}

function ringPassword(key: string | Uint8Array, purpose: Purpose): { id: string; secret: string } {
  checkText(key, `session '${purpose.name}'`)
  const id = Buffer.from(deriveKey(key, 'seal', purpose).id, 'base64url').toString('hex')
  return { id, secret: key }
}

/** Fe26.2 derives its keys from texts. */
function checkText(password: string | Uint8Array, what: string): asserts password is string {
  if (typeof password === 'string') return
  throw new SessionKeysError(`${what}: a password must be a text, not bytes: write key.toString('base64url')`)
}

/** The key id of a token in our form; `null` for any other token. */
function keyId(token: string): string | null {
  const [, id, ...encoded] = FORM.exec(token) ?? []
  if (id === undefined) return null
  const canonical = encoded.every((text) => Buffer.from(text, 'base64url').toString('base64url') === text)
  return canonical ? id : null
}

/** The text in a token; `null` if the password does not open it, or it has another purpose. Never throws. */
async function unseal(token: string, password: string, purpose: Purpose): Promise<string | null> {
  try {
    const sealed = (await unsealIron(token, password, defaults)) as Sealed
    const ours = sealed.format === FORMAT && sealed.transport === purpose.transport && sealed.name === purpose.name
    return ours && typeof sealed.text === 'string' ? sealed.text : null
  } catch {
    // iron-webcrypto has no error classes. Any error means that the token was not made with this password.
    return null
  }
}
