import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { checkOptions } from '../base/options.ts'
import type { Random } from '../base/random.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { BoundTransformer, Decoded, Purpose, SessionTransformer } from '../contracts/transformer.ts'
import { checkKeys, deriveKey, keyRing, type Key, type Keys } from './key-ring.ts'
import { remembering } from './opened-tokens.ts'

/*
 * e <key id: 4> base64url(iv: 12 bytes, ciphertext, tag: 16 bytes)
 *
 * The first five characters are associated data. base64url is taken only as it is written here, so that there is no
 * second way to write a token.
 */
const VERSION = 'e'
const HEAD = 5
const IV = 12
const TAG = 16
const ALGORITHM = 'aes-256-gcm'

/** What {@link encrypt} takes. */
export interface EncryptOptions {
  /** The first encrypts, all decrypt; what was encrypted with a later one is encrypted again with the first. */
  readonly keys: Keys
}

/**
 * Encrypts with AES-256-GCM: the client can neither read nor change the value, nor present it under another session's name.
 *
 * Synchronous: about 4 µs for a small session, each way; a token that came twice lately is known again. A key may encrypt some four
 * thousand million tokens of one session (2^32, NIST SP 800-38D section 8.3): rotate it before.
 *
 * @throws SessionKeysError (`ERR_SESSION_KEYS`) where there is no key, or one that is too short, can be guessed or is there
 *   twice. Also at a use, where `keys` have changed to such a list, or the function that gives them throws.
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
      return remembering(encryptionBy(ring, purpose.random), 'cheap', ring)
    },
  }
}

/** Encrypts what is opened once only, with a random key that is made for it. */
export function encryptionWith(key: string, purpose: Purpose): Encryption {
  const ring = [encryptionKey(key, purpose)] as const
  return encryptionBy(() => ring, purpose.random)
}

/** Encryption with the keys of one session, which never waits. */
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

/** A key of the ring, and the characters that tokens made with it begin with. */
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
