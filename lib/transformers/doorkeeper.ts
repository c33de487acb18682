/** How many tokens it can tell apart. */
const PLACES = 1024

/** How many of a token's last characters count: they are of its MAC or its tag, and as good as a hash. */
const TAIL = 8

/**
 * Knows a token that comes a second time, so that those that come once need not be kept. (What a cache has before its door in
 * TinyLFU: Einziger, Friedman and Manes, ACM TOS 13:4, 2017.) It holds a number for each, and is wrong once in thousands of millions
 * of times; then a token is kept that came once.
 */
export class Doorkeeper {
  #seen: Int32Array | undefined

  /** Whether it was here before, lately. From now on it was. */
  knows(token: string): boolean {
    this.#seen ??= new Int32Array(PLACES)
    let sum = 0
    for (let at = Math.max(token.length - TAIL, 0); at < token.length; at++) {
      sum = Math.imul(sum, 31) + token.charCodeAt(at)
    }
    const mark = sum | 0
    const place = mark & (PLACES - 1)
    const known = this.#seen[place] === mark
    this.#seen[place] = mark
    return known
  }
}
