import { isPromise, andThen, type Awaitable } from '../base/awaitable.ts'
import type { Refused } from '../base/refusal.ts'
import type { BoundTransformer, Decoded, Purpose, SessionTransformer } from '../contracts/transformer.ts'
import { SessionConfigError } from '../errors.ts'

/**
 * Several transformers as one: applied in order on the way out, in reverse on the way in, where the first refusal is the
 * answer. A list of none leaves the text alone.
 */
export function chain(transformers: readonly SessionTransformer[]): SessionTransformer {
  return {
    async: transformers.some((one) => one.async === true),
    bind(purpose: Purpose): BoundTransformer {
      const [first = UNCHANGED, ...others] = transformers.map((one) => kept(one, purpose))
      return others.reduce(both, first)
    },
  }
}

const UNCHANGED: BoundTransformer = {
  encode: (text) => text,
  decode: (token) => ({ text: token, retired: false }),
}

function both(inner: BoundTransformer, outer: BoundTransformer): BoundTransformer {
  return {
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

/** Holds a transformer to what it said of itself: `get` is synchronous only as long as no promise turns up. */
function kept(transformer: SessionTransformer, purpose: Purpose): BoundTransformer {
  const bound = transformer.bind(purpose)
  if (transformer.async) return bound
  const synchronous = <T>(result: Awaitable<T>): T => {
    if (!isPromise(result)) return result
    throw new SessionConfigError(
      `a transformer of session '${purpose.name}' gave a promise: say 'async: true' of it`,
      purpose.name,
    )
  }
  return {
    encode: (text) => synchronous(bound.encode(text)),
    decode: (token) => synchronous(bound.decode(token)),
  }
}
