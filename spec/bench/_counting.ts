import { createHook } from 'node:async_hooks'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

/** What of `node:crypto` costs microseconds, or its keys more: everything that the library may call, and what it must not. */
const COSTLY = [
  'createHmac',
  'createHash',
  'hash',
  'createCipheriv',
  'createDecipheriv',
  'timingSafeEqual',
  'randomBytes',
  'randomFillSync',
  'randomUUID',
  'hkdfSync',
  'pbkdf2Sync',
  'createSecretKey',
] as const

/** What was called how often while somebody counted. */
export type Counts = Record<string, number>

let counts: Counts | undefined

/** Adds one, where somebody counts. */
export function count(what: string): void {
  if (counts) counts[what] = (counts[what] ?? 0) + 1
}

/** Counts cryptography, promises, and whatever calls {@link count}, from here until the returned function is called: by one test at a time. */
export function startCounting(): () => Counts {
  const taken: Counts = {}
  counts = taken
  promises.enable()
  return () => {
    promises.disable()
    counts = undefined
    return taken
  }
}

const promises = createHook({
  init(_id, type) {
    if (type === 'PROMISE') count('promise')
  },
})

/** The same function, counted. */
function counted(name: string, original: (...given: unknown[]) => unknown) {
  return function (this: unknown, ...given: unknown[]): unknown {
    count(name)
    return original.apply(this, given)
  }
}

const functions = crypto as unknown as Record<string, (...given: unknown[]) => unknown>
for (const name of COSTLY) functions[name] = counted(name, functions[name] as (...given: unknown[]) => unknown)
syncBuiltinESMExports()

const subtle = Object.getPrototypeOf(crypto.webcrypto.subtle) as typeof functions
for (const name of ['importKey', 'deriveBits', 'deriveKey', 'encrypt', 'decrypt', 'sign', 'verify', 'digest']) {
  subtle[name] = counted(`subtle.${name}`, subtle[name] as (...given: unknown[]) => unknown)
}
