import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, Buffer>(scrypt)

interface Hashed {
  readonly salt: Buffer
  readonly hash: Buffer
}

/** Stands for users that are not there: whether a name exists must not be told by how long the answer takes. */
const nobody = hashed(randomBytes(16).toString('hex'))

/** Two users for the demonstration. A real app has the salts and hashes in its database, and the passwords nowhere. */
export class Users {
  readonly #passwords = new Map([
    ['ada', hashed('analytical engine')],
    ['grace', hashed('nanoseconds')],
  ])

  /** Whether there is such a user, with that password. */
  async isPassword(name: string, password: string): Promise<boolean> {
    const { salt, hash } = await (this.#passwords.get(name) ?? nobody)
    const isSame = timingSafeEqual(hash, await derive(password, salt, hash.length))
    return isSame && this.#passwords.has(name)
  }

  /** From here on, this is the password of that user, and the old one is none. */
  async changePassword(name: string, password: string): Promise<void> {
    const changed = await hashed(password)
    if (this.#passwords.has(name)) this.#passwords.set(name, Promise.resolve(changed))
  }
}

async function hashed(password: string): Promise<Hashed> {
  const salt = randomBytes(16)
  return { salt, hash: await derive(password, salt, 32) }
}
