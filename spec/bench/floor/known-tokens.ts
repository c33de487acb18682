import type { Floor } from './floor.ts'

/** A floor that remembers what a token holds, as long as there are not too many of them. */
export function withKnownTokens({ read, write }: Floor, limit = 1000): Floor {
  const known = new Map<string, string>()
  const learn = (token: string, text: string): void => {
    if (known.size >= limit) known.clear()
    known.set(token, text)
  }
  return {
    read(token) {
      const text = known.get(token)
      if (text !== undefined) return text
      const opened = read(token) as string | undefined
      if (opened !== undefined) learn(token, opened)
      return opened
    },
    write(before, text) {
      const token = write(before, text) as string
      learn(token, text)
      return token
    },
  }
}
