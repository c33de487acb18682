import { createCipheriv, createDecipheriv, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import { SECRET } from '../contestant.ts'
import type { Floor } from './floor.ts'

const PREFIX = 'Fe26.2'

/** Fe26.2 as iron writes it, by the synchronous functions of `node:crypto`. */
export function sealedFloor(): Floor {
  const derive = (salt: string): Buffer => pbkdf2Sync(SECRET, salt, 1, 32, 'sha1')
  const mac = (salt: string, text: string): string =>
    createHmac('sha256', derive(salt)).update(text).digest('base64url')
  return {
    read(token) {
      const parts = token.split('*')
      const [, id = '', salt = '', iv = '', sealed = '', expiry = '', macSalt = '', presented = ''] = parts
      const expected = mac(macSalt, [PREFIX, id, salt, iv, sealed, expiry].join('*'))
      if (!timingSafeEqual(Buffer.from(expected), Buffer.from(presented))) return undefined
      const decipher = createDecipheriv('aes-256-cbc', derive(salt), Buffer.from(iv, 'base64url'))
      return decipher.update(sealed, 'base64url', 'utf8') + decipher.final('utf8')
    },
    write(_token, text) {
      const random = randomBytes(80)
      const salt = random.toString('hex', 0, 32)
      const macSalt = random.toString('hex', 32, 64)
      const iv = random.subarray(64)
      const cipher = createCipheriv('aes-256-cbc', derive(salt), iv)
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64url')
      const base = [PREFIX, '', salt, iv.toString('base64url'), sealed, ''].join('*')
      return `${base}*${macSalt}*${mac(macSalt, base)}`
    },
  }
}
