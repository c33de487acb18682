import { andThen } from '../base/awaitable.ts'
import { refuse } from '../base/refusal.ts'
import type { BoundTransformer } from '../contracts/transformer.ts'

/** All characters but those of RFC 6265's cookie-octet, which cookies and headers allow. */
const UNSAFE = /[^!#$&-+\--:<-[\]-~]/

/**
 * A transformer whose tokens cookies and headers allow. Tokens of `sign`, `encrypt` and `seal` stay as they are. Any other, of `plain()` or
 * of a custom transformer, is percent-encoded where it needs it, so that a script in the page can read it by `decodeURIComponent`.
 */
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

/** @throws URIError if the text has a lone surrogate, which has no UTF-8 form. */
export function encodeToken(token: string): string {
  return UNSAFE.test(token) ? encodeURIComponent(token) : token
}

/** The decoded token; `null` unless the text is exactly what {@link encodeToken} returns, so that no token has two texts. */
export function decodeToken(text: string): string | null {
  if (!UNSAFE.test(text)) return text
  try {
    const token = decodeURIComponent(text)
    return encodeToken(token) === text ? token : null
  } catch {
    return null
  }
}
