import type { Awaitable } from '../base/awaitable.ts'
import type { Random } from '../base/random.ts'
import type { Refused } from '../base/refusal.ts'

/** The session that a transformer protects. Keys are derived for it, so that a token of one session is worthless in another. */
export interface Purpose {
  /** The session's name. */
  readonly name: string
  /** `cookie`, `header` or `custom`. */
  readonly transport: string
  readonly random: Random
}

/** The text in a token. */
export interface Decoded {
  readonly refused?: undefined
  readonly text: string
  /** Whether the token was made with a retired key, and should be written again with the current one. */
  readonly retired: boolean
}

/**
 * Turns the text of a session into a token and back: signs, encrypts or seals it. Made by `sign`, `encrypt`, `seal` and `plain`, and by
 * `transformer` for custom ones.
 */
export interface SessionTransformer {
  /** Whether `encode` and `decode` return promises. Such tokens are decoded before the handler, so that `get` is synchronous. */
  readonly async?: boolean
  /**
   * Whether `decode` returns only texts that `encode` of this session got, and refuses all other tokens. Default `false`: only the value is
   * then read from the text, without flash values and without an idle timeout of the session's own.
   */
  readonly authenticates?: boolean
  /** Called once, when a session is mounted: derives the keys. */
  bind(purpose: Purpose): BoundTransformer
}

/** A transformer that is bound to one session. */
export interface BoundTransformer {
  /**
   * Whether its tokens, for any text, have only characters that cookies and headers allow. Default `false`: other tokens are
   * percent-encoded.
   */
  readonly safe?: boolean | undefined
  encode(text: string): Awaitable<string>
  /** Never throws for a client's token: it refuses any token that `encode` did not make. */
  decode(token: string): Awaitable<Decoded | Refused>
}
