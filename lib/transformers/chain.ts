import { andThen, type Awaitable } from '../base/awaitable.ts'
import type { Refused } from '../base/refusal.ts'
import type { BoundTransformer, Decoded, Purpose, SessionTransformer } from '../contracts/transformer.ts'

/**
 * Several transformers as one: applied in order on the way out, in reverse on the way in, where the first refusal is the
 * answer. A list of none leaves the text alone.
 */
export function chain(transformers: readonly SessionTransformer[]): SessionTransformer {
  return {
    async: transformers.some((one) => one.async === true),
    // Whoever has not passed that one does not get through the others.
    authenticates: transformers.some((one) => one.authenticates === true),
    bind(purpose: Purpose): BoundTransformer {
      const [first = UNCHANGED, ...others] = transformers.map((one) => one.bind(purpose))
      return others.reduce(both, first)
    },
  }
}

/** What a session by id has: the form of an id is checked, and safe. */
const UNCHANGED: BoundTransformer = {
  safe: true,
  encode: (text) => text,
  decode: (token) => ({ text: token, retired: false }),
}

function both(inner: BoundTransformer, outer: BoundTransformer): BoundTransformer {
  return {
    safe: outer.safe,
    encode: (text) => andThen(inner.encode(text), (token) => outer.encode(token)),
    decode: (token) => andThen(outer.decode(token), (given) => decodeNext(inner, given)),
  }
}

function decodeNext(one: BoundTransformer, given: Decoded | Refused): Awaitable<Decoded | Refused> {
  if (given.refused !== undefined) return given
  const next = one.decode(given.text)
  return given.retired
    ? andThen(next, (decoded) => (decoded.refused === undefined ? { ...decoded, retired: true } : decoded))
    : next
}
