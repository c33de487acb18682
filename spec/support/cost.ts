import type { ExecutionContext } from 'ava'

const SIZE = 16_384
const FACTOR = 4
/** A linear function costs four times as much on four times the input, a quadratic one sixteen times. */
const ALLOWED = 9
/** What a linear look at 16 kB never takes, in milliseconds, so that nothing need be compared; a quadratic one takes ten times as much. */
const HARMLESS = 3

/** What 16 kB may consist of, and begin and end with: `at(n)` is such a text of that length. */
export interface HostileText {
  readonly name: string
  at(size: number): string
}

/** Texts of one or two characters over and over, between all beginnings and some ends. */
export function hostileTexts(beginnings: readonly string[], pumps: readonly string[]): HostileText[] {
  const texts: HostileText[] = []
  for (const beginning of beginnings) {
    for (const pump of pumps) {
      for (const end of ['', '\0', ' ']) {
        texts.push({
          name: `${JSON.stringify(beginning)} ${JSON.stringify(pump)}… ${JSON.stringify(end)}`,
          at: (size) => beginning + pump.repeat(Math.ceil(size / pump.length)).slice(0, size) + end,
        })
      }
    }
  }
  return texts
}

/** That work on a text costs in proportion to its length, by a comparison of 16 kB and 64 kB. */
export function isLinear(
  t: ExecutionContext,
  what: string,
  texts: readonly HostileText[],
  work: (text: string) => unknown,
): void {
  for (const { name, at } of texts) {
    const small = at(SIZE)
    if (cheapest(small, work, 1) < HARMLESS) continue
    let [once, more] = [cheapest(small, work, 3), cheapest(at(SIZE * FACTOR), work, 3)]
    for (let again = 0; again < 3 && more >= ALLOWED * once; again++) {
      more = Math.min(more, cheapest(at(SIZE * FACTOR), work, 3))
      once = Math.min(once, cheapest(small, work, 3))
    }
    t.true(once < HARMLESS || more < ALLOWED * once, `${what} of ${name}: 16 kB ${once} ms, 64 kB ${more} ms`)
  }
}

/** The least of several measurements, in milliseconds: a loaded machine only adds. */
function cheapest(text: string, work: (text: string) => unknown, rounds: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    work(text)
    least = Math.min(least, performance.now() - start)
  }
  return least
}
