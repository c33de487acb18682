import { createCipheriv, createDecipheriv, createHmac, type KeyObject } from 'node:crypto'
import type { Random } from '../base/random.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { Purpose } from '../contracts/transformer.ts'
import { checkKeys, deriveKey, keyRing, type Key } from '../transformers/key-ring.ts'
import type { StorageKeys } from './session-keys.ts'

const ALGORITHM = 'aes-256-gcm'
const IV = 12
const TAG = 16
const KEY_ID = 4
const OWN_KEY_BYTES = 32

interface HandleKey {
  readonly id: string
  readonly cipher: KeyObject
  readonly mac: KeyObject
}

/**
 * Handles, the public names of sessions, for a page that lists devices:
 *
 *     <hash of the identity> . <key id: 4> base64url(iv: 12 bytes, encrypted hash of the subject, tag: 16 bytes)
 *
 * The storage needs the subject to find a session, and a handle must not reveal it: a plain hash of a subject is found by trying user
 * names. The iv is a MAC of the plaintext, so that a session has one handle only.
 *
 * The keys are the app's, so that every node can read a handle. An app without keys (sessions by id need none) gets a key of the
 * process, and only this process can read its handles.
 */
export class Handles {
  readonly #storageKeys: StorageKeys
  readonly #appKeys: () => readonly Key[]
  readonly #appRing: () => readonly [HandleKey, ...HandleKey[]]
  readonly #makeOwnKey: () => HandleKey
  #ownKey: HandleKey | undefined

  /** @param keys Returns the app's keys as far as they are known. Missing or invalid keys are no error. */
  constructor(storageKeys: StorageKeys, purpose: Purpose, keys: () => readonly Key[], random: Random) {
    const derive = (key: Key): HandleKey => {
      const { id, key: cipher } = deriveKey(key, 'handle', purpose)
      return { id, cipher, mac: deriveKey(key, 'handle iv', purpose).key }
    }
    this.#storageKeys = storageKeys
    this.#appKeys = keys
    this.#appRing = keyRing(keys as () => Key[], 'the keys of handles', derive)
    this.#makeOwnKey = () => derive(random(OWN_KEY_BYTES))
  }

  /** Whether other nodes can read the handles. */
  get areShared(): boolean {
    try {
      checkKeys(this.#appKeys(), 'the keys of handles')
      return true
    } catch {
      return false
    }
  }

  of(record: SessionRecord): string {
    const name = this.#storageKeys.handle(record)
    if (record.subject === undefined) return name
    const [key] = this.#ring()
    return `${name}.${key.id}${seal(key, name, record.subject)}`
  }

  /** The hash of the subject in a well-formed handle; `null` if it was made with another key. */
  subjectIn(handle: string): string | null {
    const [name = '', sealed = ''] = handle.split('.')
    const id = sealed.slice(0, KEY_ID)
    for (const key of this.#ring()) {
      const subject = key.id === id ? unseal(key, name, sealed.slice(KEY_ID)) : null
      if (subject !== null) return subject
    }
    return null
  }

  /** Whether a handle names a record's session, whatever key it was made with. */
  isOf(handle: string, record: SessionRecord): boolean {
    return handle.split('.', 1)[0] === this.#storageKeys.handle(record)
  }

  /** The key of the process comes last: it reads handles from before the app's keys were known. */
  #ring(): readonly [HandleKey, ...HandleKey[]] {
    this.#ownKey ??= this.#makeOwnKey()
    return this.areShared ? [...this.#appRing(), this.#ownKey] : [this.#ownKey]
  }
}

/** The form of a handle. A session without a subject has the first part only. */
const HANDLE = /^[\w-]{43}(?:\.[\w-]{40,200})?$/

/** Whether a value that a client sent has the form of a handle. */
export function isHandle(text: unknown): text is string {
  return typeof text === 'string' && HANDLE.test(text)
}

function seal({ cipher, mac }: HandleKey, name: string, subject: string): string {
  const iv = createHmac('sha256', mac).update(`${name}.${subject}`).digest().subarray(0, IV)
  const sealing = createCipheriv(ALGORITHM, cipher, iv).setAAD(Buffer.from(name))
  return Buffer.concat([iv, sealing.update(subject), sealing.final(), sealing.getAuthTag()]).toString('base64url')
}

function unseal({ cipher }: HandleKey, name: string, sealed: string): string | null {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length <= IV + TAG) return null
  const opening = createDecipheriv(ALGORITHM, cipher, bytes.subarray(0, IV), { authTagLength: TAG })
  opening.setAAD(Buffer.from(name)).setAuthTag(bytes.subarray(-TAG))
  try {
    return opening.update(bytes.subarray(IV, -TAG), undefined, 'utf8') + opening.final('utf8')
  } catch {
    return null
  }
}
