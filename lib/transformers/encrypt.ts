import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { checkOptions } from '../base/options.ts'
import type { Random } from '../base/random.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { BoundTransformer, Decoded, Purpose, SessionTransformer } from '../contracts/transformer.ts'
import { checkKeys, deriveKey, keyRing, type Key, type Keys } from './key-ring.ts'
import { cachingTokens } from './token-cache.ts'

/*
 * e <key id: 4> base64url(iv: 12 bytes, ciphertext, tag: 16 bytes)
 *
 * The first five characters are associated data. Only the canonical form of base64url is accepted, so that no token has two texts.
 */
const VERSION = 'e'
const HEAD = 5
const IV = 12
const TAG = 16
const ALGORITHM = 'aes-256-gcm'

/** The options of {@link encrypt}. */
export interface EncryptOptions {
  /** The first key encrypts, all decrypt. Tokens of a later key are encrypted again with the first one. */
  readonly keys: Keys
}

/**
 * Encrypts with AES-256-GCM: the client can neither read nor change the value, nor use it for another session.
 *
 * Synchronous: about 4 µs for a small session, each way. Tokens that came twice recently are cached. A key may encrypt 4.3 × 10⁹ tokens of
 * one session (2^32, NIST SP 800-38D section 8.3): rotate it before that.
 *
 * @throws SessionKeysError (`ERR_SESSION_KEYS`) if there is no key, or a key is too short, guessable or repeated. Also on use, if `keys`
 *   have changed to such a list, or the function that returns them throws.
 *
 * @example
 * const Account = cookie<Account>('account', { transform: encrypt({ keys: [process.env.SESSION_KEY!] }) })
 */
export function encrypt(options: EncryptOptions): SessionTransformer {
  checkOptions('encrypt()', options, { keys: 'any' })
  const { keys } = options
  checkKeys(keys, 'encrypt({ keys })')
  return {
    authenticates: true,
    bind(purpose: Purpose) {
      const ring = keyRing(keys, `session '${purpose.name}'`, (key) => encryptionKey(key, purpose))
      return cachingTokens(encryptionBy(ring, purpose.random), 'cheap', ring)
    },
  }
}

/** Encryption with one random key, for a text that is decrypted only once. */
export function encryptionWith(key: string, purpose: Purpose): Encryption {
  const ring = [encryptionKey(key, purpose)] as const
  return encryptionBy(() => ring, purpose.random)
}

/** Synchronous encryption with the keys of one session. */
interface Encryption extends BoundTransformer {
  encode(text: string): string
  decode(token: string): Decoded | Refused
}

function encryptionBy(ring: () => readonly [EncryptionKey, ...EncryptionKey[]], random: Random): Encryption {
  return {
    safe: true,
    encode(text) {
      const [current] = ring()
      return current.head + seal(current, random(IV), text)
    },
    decode(token) {
      if (!token.startsWith(VERSION)) return refuse('malformed')
      const body = token.slice(HEAD)
      const bytes = Buffer.from(body, 'base64url')
      if (bytes.length < IV + TAG || bytes.toString('base64url') !== body) return refuse('malformed')
      const head = token.slice(0, HEAD)
      const current = ring()
      let refused = refuse('unknown-key')
      for (const key of current) {
        if (key.head !== head) continue
        const text = unseal(key, bytes)
        if (text !== null) return { text, retired: key !== current[0] }
        refused = refuse('bad-signature')
      }
      return refused
    },
  }
}

/** A key of the ring, and the first characters of its tokens. */
interface EncryptionKey {
  readonly key: KeyObject
  readonly head: string
  readonly associated: Buffer
}

function encryptionKey(given: Key, purpose: Purpose): EncryptionKey {
  const { id, key } = deriveKey(given, 'encrypt', purpose)
  const head = VERSION + id
  return { key, head, associated: Buffer.from(head) }
}

function seal({ key, associated }: EncryptionKey, iv: Uint8Array, text: string): string {
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG })
  cipher.setAAD(associated)
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url')
}

function unseal({ key, associated }: EncryptionKey, bytes: Buffer): string | null {
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV), { authTagLength: TAG })
  decipher.setAAD(associated)
  decipher.setAuthTag(bytes.subarray(-TAG))
  const text = decipher.update(bytes.subarray(IV, -TAG))
  try {
    decipher.final()
  } catch {
    return null
  }
  return text.toString()
}
