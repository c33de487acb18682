/**
 * A token travels as it is where all its characters may stand in a cookie and in a header (RFC 6265 cookie-octet), as
 * those of our own transformers do; any other (one that `plain()` or your own transformer made) is percent-encoded,
 * so that a script in the page reads it with `decodeURIComponent`.
 */
const UNSAFE = /[^!#$&-+\--:<-[\]-~]/

/** @throws URIError where the text has a lone surrogate, which UTF-8 cannot say. */
export function encodeToken(token: string): string {
  return UNSAFE.test(token) ? encodeURIComponent(token) : token
}

/**
 * The token that a text stands for; `null` where it stands for none. Only the one way of writing a token that
 * {@link encodeToken} gives is taken, so that no two texts are one token.
 */
export function decodeToken(text: string): string | null {
  if (!UNSAFE.test(text)) return text
  try {
    const token = decodeURIComponent(text)
    return encodeToken(token) === text ? token : null
  } catch {
    return null
  }
}
