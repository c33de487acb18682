import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { framed } from '../base/digest.ts'
import { FORMAT } from '../base/format.ts'
import type { Purpose } from '../contracts/transformer.ts'
import { SessionKeysError } from '../errors.ts'

/** A secret: a text of at least 32 characters, or at least 32 random bytes. */
export type Key = string | Uint8Array

/**
 * A key ring: the first key writes, all read, so that keys are rotated by putting a new one in front. A function is
 * asked on each use: give another array (not the same one, changed) to rotate while the app runs.
 */
export type Keys = Key | readonly Key[] | (() => Key | readonly Key[])

/** A key of a ring as one session uses it. */
export interface RingKey {
  /** Stands in the token and tells which key made it. Says nothing about the key. */
  readonly id: string
  readonly key: KeyObject
}

const SHORTEST = 32
const ID_BYTES = 3

/**
 * Refuses a ring that cannot protect anything.
 *
 * @throws SessionKeysError (`ERR_SESSION_KEYS`): no key, one that is too short, or something that is no key.
 */
export function checkKeys(keys: Keys, what: string): void {
  if (typeof keys !== 'function') listKeys(keys, what)
}

/** The keys of a ring as a list. @throws SessionKeysError as {@link checkKeys}. */
function listKeys(keys: Key | readonly Key[], what: string): readonly Key[] {
  const list = Array.isArray(keys) ? (keys as readonly Key[]) : [keys as Key]
  if (list.length === 0)
    throw new SessionKeysError(`${what} has no key: give at least one, of 32 characters or 32 random bytes`)
  for (const key of list) {
    if (typeof key !== 'string' && !(key instanceof Uint8Array)) {
      throw new SessionKeysError(
        `${what} must be texts or byte arrays; a Keygrip hides its secrets, so pass the texts that it was made of` +
          (key === undefined ? ' (this one is undefined: is the environment variable set?)' : ''),
      )
    }
    if (key.length < SHORTEST) {
      throw new SessionKeysError(
        `${what} holds a key of ${key.length} ${typeof key === 'string' ? 'characters' : 'bytes'}: at least ${SHORTEST} are needed`,
      )
    }
  }
  return list
}

/**
 * The ring of one session for one algorithm: each key is derived (HKDF-SHA-256, RFC 5869) for the format, the algorithm,
 * the transport and the session's name, so that what is made for one purpose is worthless for any other. Costs 8 µs a
 * key when a ring is first seen, nothing afterwards.
 */
export function keyRing<K>(keys: Keys, what: string, derive: (key: Key) => K): () => readonly [K, ...K[]] {
  let seen: Key | readonly Key[] | undefined
  let ring: readonly [K, ...K[]]
  return () => {
    const current = typeof keys === 'function' ? keys() : keys
    if (current !== seen) {
      ring = listKeys(current, what).map(derive) as [K, ...K[]]
      seen = current
    }
    return ring
  }
}

/** Derives the key that one session uses for one algorithm, and the id that it is known by. */
export function deriveKey(key: Key, algorithm: string, purpose: Purpose): RingKey {
  const info = framed(FORMAT, algorithm, purpose.transport, purpose.name)
  const bytes = Buffer.from(hkdfSync('sha256', key, '', info, 32 + ID_BYTES))
  const ringKey = { key: createSecretKey(bytes.subarray(0, 32)), id: bytes.subarray(32).toString('base64url') }
  bytes.fill(0)
  return ringKey
}
