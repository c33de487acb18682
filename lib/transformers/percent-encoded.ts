import { andThen } from '../base/awaitable.ts'
import { refuse } from '../base/refusal.ts'
import { decodeToken, encodeToken } from '../base/token-text.ts'
import type { BoundTransformer } from '../contracts/transformer.ts'

/** A transformer whose tokens may stand in a cookie and in a header: as it is where they may anyway. */
export function percentEncoded(inner: BoundTransformer): BoundTransformer {
  if (inner.safe) return inner
  return {
    safe: true,
    encode: (text) => andThen(inner.encode(text), encodeToken),
    decode(text) {
      const token = decodeToken(text)
      return token === null ? refuse('malformed') : inner.decode(token)
    },
  }
}
