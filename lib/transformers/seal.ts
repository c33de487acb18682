import { defaults, seal as sealIron, unseal as unsealIron } from 'iron-webcrypto'
import { FORMAT } from '../base/format.ts'
import { checkOptions } from '../base/options.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { Decoded, Purpose, SessionTransformer } from '../contracts/transformer.ts'
import { SessionKeysError } from '../errors.ts'
import { checkKeys, deriveKey, keyRing } from './key-ring.ts'
import { remembering } from './opened-tokens.ts'

/** What {@link seal} takes. */
export interface SealOptions {
  /**
   * The first password seals, all unseal; what was sealed with a later one is sealed again with the first. Texts of at
   * least 32 characters, used as they are: @hapi/iron opens our tokens with the same one.
   */
  readonly password: string | readonly string[] | (() => string | readonly string[])
}

/**
 * Fe26.2, field by field, as we write it: raw keys and an expiry are other people's, and base64 is taken only as it is
 * written here; the format tolerates variants, and we accept exactly one text for one token.
 */
const FORM = /^Fe26\.2\*([0-9a-f]{6})\*[0-9a-f]{64}\*([\w-]{22})\*([\w-]+)\*\*[0-9a-f]{64}\*([\w-]{43})$/

/** What is sealed. Fe26.2 has no associated data, so what the token is for stands inside. */
interface Sealed {
  readonly format: string
  readonly transport: string
  readonly name: string
  readonly text: string
}

/**
 * Seals as Fe26.2, the token that iron-session, hapi, h3 and Nuxt know, with iron-webcrypto: the client can neither read
 * nor change the value, nor present it under another session's name.
 *
 * Asynchronous: such sessions are opened before the handler. A token costs some 300 µs each way, and a few when it was
 * opened lately; prefer `encrypt` unless another program must open the tokens.
 *
 * @throws SessionKeysError (`ERR_SESSION_KEYS`) where there is no password, or one that is too short, can be guessed or is
 *   there twice. Also at a use, where they have changed to such a list, or the function that gives them throws.
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
      return remembering(bound, 'dear', ring)
    },
  }
}

function ringPassword(key: string | Uint8Array, purpose: Purpose): { id: string; secret: string } {
  checkText(key, `session '${purpose.name}'`)
  const id = Buffer.from(deriveKey(key, 'seal', purpose).id, 'base64url').toString('hex')
  return { id, secret: key }
}

/** Fe26.2 derives its keys from a text. */
function checkText(password: string | Uint8Array, what: string): asserts password is string {
  if (typeof password === 'string') return
  throw new SessionKeysError(`${what}: a password must be a text, not bytes; write key.toString('base64url')`)
}

/** The key id of a token that has our form, `null` for any other. */
function keyId(token: string): string | null {
  const [, id, ...encoded] = FORM.exec(token) ?? []
  if (id === undefined) return null
  const canonical = encoded.every((text) => Buffer.from(text, 'base64url').toString('base64url') === text)
  return canonical ? id : null
}

/** The text in a token; `null` where it does not open, or was sealed for something else. Never throws. */
async function unseal(token: string, password: string, purpose: Purpose): Promise<string | null> {
  try {
    const sealed = (await unsealIron(token, password, defaults)) as Sealed
    const ours = sealed.format === FORMAT && sealed.transport === purpose.transport && sealed.name === purpose.name
    return ours && typeof sealed.text === 'string' ? sealed.text : null
  } catch {
    // iron-webcrypto has no error classes: whatever went wrong, the token is not one that this password made.
    return null
  }
}
