import type { Awaitable } from '../base/awaitable.ts'
import type { Random } from '../base/random.ts'
import type { Refused } from '../base/refusal.ts'

/** What a transformer protects: keys are derived for it, so that a token of one session is worthless in another. */
export interface Purpose {
  /** The session's name. */
  readonly name: string
  /** `cookie`, `header` or `custom`. */
  readonly transport: string
  readonly random: Random
}

/** What a transformer made of a token. */
export interface Decoded {
  readonly refused?: undefined
  readonly text: string
  /** Whether it was made with a retired key, and should be written again with the current one. */
  readonly retired: boolean
}

/**
 * Changes the text that travels, on its way out and back: signs, encrypts, seals it. Made by `sign`, `encrypt`, `seal`,
 * `plain`, or by `transformer` for your own.
 */
export interface SessionTransformer {
  /** Whether `encode` and `decode` give promises. Such sessions are decoded before the handler, so that `get` can stay synchronous. */
  readonly async?: boolean
  /**
   * Whether `decode` gives only texts that `encode` of this session was given, and refuses what anybody else wrote. Default
   * `false`: of such a text only the value is read, without flash and without an idle timeout of its own.
   */
  readonly authenticates?: boolean
  /** Called when a session is mounted: derives the keys, once. */
  bind(purpose: Purpose): BoundTransformer
}

/** A transformer at work for one session. */
export interface BoundTransformer {
  /**
   * Whether its tokens, whatever the text, have only characters that may stand in a cookie and in a header. Default `false`: they
   * are percent-encoded there, where they need it.
   */
  readonly safe?: boolean | undefined
  encode(text: string): Awaitable<string>
  /** Never throws for what a client sent: what is not ours is refused. */
  decode(token: string): Awaitable<Decoded | Refused>
}
