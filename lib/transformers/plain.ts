import type { Decoded, SessionTransformer } from '../contracts/transformer.ts'

/**
 * Sends the value as it is, for anybody to read **and to change**: preferences that a script in the page reads or writes,
 * never what the server must believe. A script reads such a cookie with `decodeURIComponent`; the value stands behind
 * the second dot. Give such a session a `schema`: what comes back is whatever the client likes.
 *
 * @example
 * const Theme = cookie('theme', { transform: plain(), schema: z.object({ dark: z.boolean() }), cookie: { httpOnly: false } })
 */
export function plain(): SessionTransformer {
  return {
    bind: () => ({
      encode: (text: string): string => text,
      decode: (text: string): Decoded => ({ text, retired: false }),
    }),
  }
}
