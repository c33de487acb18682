import { createCipheriv, createDecipheriv, createSecretKey, randomFillSync } from 'node:crypto'
import { SECRET } from '../contestant.ts'
import type { Floor } from './floor.ts'

const ALGORITHM = 'aes-256-gcm'
const IV = 12
const TAG = 16
const POOL = 4096

/** `base64url(iv ciphertext tag)`, by AES-256-GCM. */
export function encryptedFloor(): Floor {
  const key = createSecretKey(Buffer.alloc(32, SECRET))
  const pool = Buffer.alloc(POOL)
  let used = POOL
  const iv = (): Buffer => {
    if (used + IV > POOL) {
      randomFillSync(pool)
      used = 0
    }
    used += IV
    return pool.subarray(used - IV, used)
  }
  return {
    read(token) {
      const bytes = Buffer.from(token, 'base64url')
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV))
      decipher.setAuthTag(bytes.subarray(-TAG))
      const text = decipher.update(bytes.subarray(IV, -TAG))
      decipher.final()
      return text.toString()
    },
    write(_token, text) {
      const vector = iv()
      const cipher = createCipheriv(ALGORITHM, key, vector)
      const sealed = cipher.update(text, 'utf8')
      cipher.final()
      return Buffer.concat([vector, sealed, cipher.getAuthTag()]).toString('base64url')
    },
  }
}
