import { andThen, isPromise, letGo, type Awaitable } from '../base/awaitable.ts'
import { kindOf } from '../base/kind.ts'
import { checkOptions } from '../base/options.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { Decoded, Purpose, SessionTransformer } from '../contracts/transformer.ts'
import { SessionConfigError } from '../errors.ts'

/** The options of {@link transformer}. `purpose` names the session: include it in the data that you protect. */
export interface TransformerOptions {
  encode(text: string, purpose: Purpose): Awaitable<string>
  /** Returns the text that `encode` got, or `null` if `encode` did not make the token. An error counts as `null`. */
  decode(token: string, purpose: Purpose): Awaitable<string | null>
  /** Must be `true` if `encode` or `decode` returns a promise. Default `false`. */
  readonly async?: boolean
  /**
   * Set it to `true` if `decode` returns `null` for every token that `encode` did not make for this session: it verifies a MAC, or decrypts
   * with an authenticating cipher, and includes `purpose.name`. Default `false`: a client may have written the text. Only the value is then
   * read from it, strictly, without flash values and without an idle timeout of the session's own.
   */
  readonly authenticates?: boolean
}

/**
 * A custom transformer, alone or in a list with others: compression, another format, a hardware key.
 *
 * @example
 * const reversed = transformer({
 *   encode: (text) => [...text].reverse().join(''),
 *   decode: (token) => [...token].reverse().join(''),
 * })
 * const Basket = cookie<Basket>('basket', { transform: [reversed, encrypt({ keys })] })
 */
export function transformer(options: TransformerOptions): SessionTransformer {
  checkOptions('transformer()', options, {
    encode: 'function',
    decode: 'function',
    async: 'boolean',
    authenticates: 'boolean',
  })
  for (const needed of ['encode', 'decode'] as const) {
    if (options[needed] === undefined)
      throw new SessionConfigError(`transformer(): '${needed}' is missing: give 'encode' and 'decode'`)
  }
  const { async = false, authenticates = false } = options
  return {
    async,
    authenticates,
    bind: (purpose) => ({
      encode: (text: string): Awaitable<string> =>
        andThen(kept(async, options.encode(text, purpose), purpose), (token) => checkedToken(token, purpose)),
      decode(token: string): Awaitable<Decoded | Refused> {
        return andThen(kept(async, decodeOwn(options, token, purpose), purpose), decoded)
      },
    }),
  }
}

/** The text in a token; `null` if `decode` refuses it or throws. */
function decodeOwn(options: TransformerOptions, token: string, purpose: Purpose): Awaitable<string | null> {
  try {
    const text = options.decode(token, purpose)
    return isPromise(text) ? text.catch(() => null) : text
  } catch {
    return null
  }
}

/** Throws if a promise comes without `async: true`: `get` must stay synchronous. */
function kept<T>(async: boolean, result: Awaitable<T>, { name }: Purpose): Awaitable<T> {
  if (async || !isPromise(result)) return result
  letGo(result)
  throw new SessionConfigError(`session '${name}': a transformer returned a promise: give it 'async: true'`, name)
}

function checkedToken(token: unknown, { name }: Purpose): string {
  if (typeof token === 'string') return token
  throw new SessionConfigError(
    `session '${name}': 'encode' of a transformer must return a string, not ${kindOf(token)}`,
    name,
  )
}

function decoded(text: string | null): Decoded | Refused {
  return typeof text === 'string' ? { text, retired: false } : refuse('malformed')
}
