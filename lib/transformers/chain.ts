import { andThen, type Awaitable } from '../base/awaitable.ts'
import type { Refused } from '../base/refusal.ts'
import type { BoundTransformer, Decoded, Purpose, SessionTransformer } from '../contracts/transformer.ts'

/**
 * Combines transformers: they encode in order and decode in reverse order, up to the first refusal. An empty list leaves the text as it is.
 */
export function chain(transformers: readonly SessionTransformer[]): SessionTransformer {
  return {
    async: transformers.some((one) => one.async === true),
    // One that authenticates is enough: it refuses a token before the inner ones decode it, or its text after the outer ones.
    authenticates: transformers.some((one) => one.authenticates === true),
    bind(purpose: Purpose): BoundTransformer {
      const [first = UNCHANGED, ...others] = transformers.map((one) => one.bind(purpose))
      return others.reduce(both, first)
    },
  }
}

/** For sessions by id: an id is checked by its form, and has only safe characters. */
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
