import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { types } from 'node:util'
import { isPromise, letGo } from '../base/awaitable.ts'
import { framed } from '../base/digest.ts'
import { FORMAT } from '../base/format.ts'
import { kindOf } from '../base/kind.ts'
import type { Purpose } from '../contracts/transformer.ts'
import { SessionKeysError } from '../errors.ts'
import { weaknessOf } from './weak-key.ts'

/** A secret: a text of at least 32 characters, or at least 32 bytes. Random in both cases. */
export type Key = string | Uint8Array

/**
 * A key ring: the first key writes, all read. To rotate keys, put a new one in front. The list may change while the app runs, in place or by
 * a function that returns another list: it is read on each use, and tokens of a removed key are refused from then on.
 */
export type Keys = Key | readonly Key[] | (() => Key | readonly Key[])

/** A key of a ring, derived for one session. */
export interface RingKey {
  /** Part of the token: tells which key made it. Reveals nothing about the key. */
  readonly id: string
  readonly key: KeyObject
}

const SHORTEST = 32
const ID_BYTES = 3

/** How to make a good key. */
const COMMAND = `make one with: node -p "crypto.randomBytes(32).toString('base64url')"`

/**
 * Checks a ring. The keys that a function returns are checked on use.
 *
 * @throws SessionKeysError (`ERR_SESSION_KEYS`) if there is no key, or a key is too short, guessable, repeated, or not a key at all.
 */
export function checkKeys(keys: Keys, what: string): void {
  if (typeof keys !== 'function') listKeys(keys, what)
}

/**
 * The ring of one session for one algorithm. Each key is derived (HKDF-SHA-256, RFC 5869) for the format, the algorithm, the transport and
 * the session's name, so that a token for one purpose is worthless for any other. The function returns the same ring as long as the keys are
 * the same. It takes 8 µs per key at first and after a change, and 20 ns, for the comparison, otherwise.
 *
 * It throws if the keys have become invalid, and never falls back to the previous ones.
 */
export function keyRing<K>(keys: Keys, what: string, derive: (key: Key) => K): () => readonly [K, ...K[]] {
  let seen: readonly Key[] = []
  let ring: readonly [K, ...K[]]
  return () => {
    const current = typeof keys === 'function' ? askForKeys(keys, what) : keys
    if (!isSameKeys(seen, current)) {
      const list = listKeys(current, what)
      ring = list.map(derive) as [K, ...K[]]
      seen = list.map((key) => (typeof key === 'string' ? key : Buffer.from(key)))
    }
    return ring
  }
}

/** Whether keys are equal to those of a list, in the same order. */
export function isSameKeys(list: readonly Key[], keys: unknown): boolean {
  if (!Array.isArray(keys)) return list.length === 1 && isSameKey(list[0] as Key, keys)
  if (keys.length !== list.length || keys.length === 0) return false
  for (let at = 0; at < keys.length; at++) if (!isSameKey(list[at] as Key, keys[at])) return false
  return true
}

/** Derives a session's key for one algorithm, and the key's id. */
export function deriveKey(key: Key, algorithm: string, purpose: Purpose): RingKey {
  const info = framed(FORMAT, algorithm, purpose.transport, purpose.name)
  const bytes = Buffer.from(hkdfSync('sha256', key, '', info, 32 + ID_BYTES))
  const ringKey = { key: createSecretKey(bytes.subarray(0, 32)), id: bytes.subarray(32).toString('base64url') }
  bytes.fill(0)
  return ringKey
}

function isSameKey(one: Key, other: unknown): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other
  return types.isUint8Array(other) && Buffer.compare(one, other) === 0
}

function askForKeys(keys: () => Key | readonly Key[], what: string): Key | readonly Key[] {
  try {
    return keys()
  } catch (error) {
    throw new SessionKeysError(`${what}: the function that returns the keys threw an error`, undefined, error)
  }
}

/** Returns the keys of a ring as a list. @throws SessionKeysError as {@link checkKeys}. */
function listKeys(keys: unknown, what: string): readonly Key[] {
  const list: readonly unknown[] = Array.isArray(keys) ? keys : [keys]
  if (list.length === 0)
    throw new SessionKeysError(`${what}: there is no key, and one of 32 characters or bytes is needed: ${COMMAND}`)
  const known = list.map((key) => checkedKey(key, what))
  for (const [at, key] of known.entries()) {
    if (known.findIndex((other) => Buffer.from(other).equals(Buffer.from(key))) < at)
      throw new SessionKeysError(
        `${what}: one key is there twice, and a new key must differ from the old ones: ${COMMAND}`,
      )
  }
  return known
}

function checkedKey(key: unknown, what: string): Key {
  if (typeof key !== 'string' && !types.isUint8Array(key)) throw new SessionKeysError(notAKey(key, what))
  if (key.length < SHORTEST) {
    throw new SessionKeysError(
      `${what}: a key has ${key.length} ${typeof key === 'string' ? 'characters' : 'bytes'}, at least ${SHORTEST} are needed: ${COMMAND}`,
    )
  }
  const weakness = weaknessOf(typeof key === 'string' ? key : Buffer.from(key).toString('latin1'))
  if (weakness === undefined) return key
  throw new SessionKeysError(`${what}: a key can be guessed, because it ${weakness}: ${COMMAND}`)
}

function notAKey(key: unknown, what: string): string {
  const must = `${what}: a key must be a text or a byte array, not ${kindOf(key)}`
  if (key === undefined) return `${must}; is the environment variable set?`
  if (isPromise(key)) {
    letGo(key)
    return `${must}; await the keys first`
  }
  if (typeof key === 'function') return `${must}; give one function that returns all keys, not a list of functions`
  return typeof key === 'object' && key !== null && !Array.isArray(key)
    ? `${must}; a Keygrip hides its secrets, so pass the texts that it was made from`
    : must
}
