import type { Decoded, SessionTransformer } from '../contracts/transformer.ts'

/**
 * Sends the value unprotected: any client can read **and change** it. Use it for preferences that a script in the page reads or writes, never
 * for data that the server must trust. A script reads such a cookie by `decodeURIComponent`; the value follows the second dot. Give such a
 * session a `schema`: a client may send any value.
 *
 * Only the value is read, in linear time, and only if it can be written again. Flash values and an idle timeout of the session's own need a
 * token that is signed or encrypted, or a storage: `flash()` and assigning `idleTimeout` throw `SessionConfigError` (`ERR_SESSION_CONFIG`). A
 * value is read as a tree: an object in several places becomes several objects, and a cycle is refused.
 *
 * A client can also change the deadlines. On each request they are limited to those of a session that is created at that moment, but a client
 * that writes new ones keeps its session for any time. `createdAt`, and so `requireFresh`, prove nothing.
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
