import { andThen, type Awaitable } from '../base/awaitable.ts'
import { checkOptionNames } from '../base/options.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { Decoded, Purpose, SessionTransformer } from '../contracts/transformer.ts'

/** What {@link transformer} takes. `purpose` names the session: make it part of what you protect. */
export interface TransformerOptions {
  encode(text: string, purpose: Purpose): Awaitable<string>
  /** The text that `encode` was given, or `null` where the token is not its own. What it throws counts as `null`. */
  decode(token: string, purpose: Purpose): Awaitable<string | null>
  /** Must be `true` where either gives a promise. Default `false`. */
  readonly async?: boolean
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
  checkOptionNames('transformer', options, ['encode', 'decode', 'async'])
  return {
    async: options.async ?? false,
    bind: (purpose) => ({
      encode: (text: string): Awaitable<string> => options.encode(text, purpose),
      decode(token: string): Awaitable<Decoded | Refused> {
        try {
          const text = options.decode(token, purpose)
          return andThen(text instanceof Promise ? text.catch(() => null) : text, decoded)
        } catch {
          return refuse('malformed')
        }
      },
    }),
  }
}

function decoded(text: string | null): Decoded | Refused {
  return typeof text === 'string' ? { text, retired: false } : refuse('malformed')
}
