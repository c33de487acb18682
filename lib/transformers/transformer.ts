import { andThen, isPromise, letGo, type Awaitable } from '../base/awaitable.ts'
import { kindOf } from '../base/kind.ts'
import { checkOptions } from '../base/options.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { Decoded, Purpose, SessionTransformer } from '../contracts/transformer.ts'
import { SessionConfigError } from '../errors.ts'

/** What {@link transformer} takes. `purpose` names the session: make it part of what you protect. */
export interface TransformerOptions {
  encode(text: string, purpose: Purpose): Awaitable<string>
  /** The text that `encode` was given, or `null` where the token is not its own. What it throws counts as `null`. */
  decode(token: string, purpose: Purpose): Awaitable<string | null>
  /** Must be `true` where either gives a promise. Default `false`. */
  readonly async?: boolean
  /**
   * Say `true` where `decode` gives `null` for every token that `encode` did not make for this session: it verifies a MAC, or decrypts with
   * an authenticating cipher, and `purpose.name` is part of that. Default `false`: a client may have written the text. Then only the value
   * is read from it, strictly; such a session carries no flash and no idle timeout of its own.
   */
  readonly authenticates?: boolean
}

/**
 * A transformer of your own, alone or in a list with others: compression, another format, a hardware key.
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
      throw new SessionConfigError(`transformer() needs 'encode' and 'decode', and there is no '${needed}'`)
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

/** What a token holds; `null` where it is not one of its own, which it may say by throwing. */
function decodeOwn(options: TransformerOptions, token: string, purpose: Purpose): Awaitable<string | null> {
  try {
    const text = options.decode(token, purpose)
    return isPromise(text) ? text.catch(() => null) : text
  } catch {
    return null
  }
}

/** Holds a transformer to what it said of itself: `get` is synchronous only as long as no promise turns up. */
function kept<T>(async: boolean, result: Awaitable<T>, { name }: Purpose): Awaitable<T> {
  if (async || !isPromise(result)) return result
  letGo(result)
  throw new SessionConfigError(`a transformer of session '${name}' gave a promise: say 'async: true' of it`, name)
}

function checkedToken(token: unknown, { name }: Purpose): string {
  if (typeof token === 'string') return token
  throw new SessionConfigError(
    `a transformer of session '${name}' must give a text, and 'encode' gave ${kindOf(token)}`,
    name,
  )
}

function decoded(text: string | null): Decoded | Refused {
  return typeof text === 'string' ? { text, retired: false } : refuse('malformed')
}
