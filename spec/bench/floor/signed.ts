import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { SECRET } from '../contestant.ts'
import type { Floor } from './floor.ts'

const MAC = 43

/** `base64url(text) mac`, by HMAC-SHA-256. */
export function signedFloor(): Floor {
  const key = createSecretKey(Buffer.alloc(32, SECRET))
  const expected = Buffer.alloc(MAC)
  const presented = Buffer.alloc(MAC)
  const mac = (text: string): string => createHmac('sha256', key).update(text).digest('base64url')
  return {
    read(token) {
      const signed = token.slice(0, -MAC)
      expected.write(mac(signed), 'latin1')
      presented.write(token.slice(-MAC), 'latin1')
      return timingSafeEqual(expected, presented) ? Buffer.from(signed, 'base64url').toString() : undefined
    },
    write(_token, text) {
      const signed = Buffer.from(text).toString('base64url')
      return signed + mac(signed)
    },
  }
}
