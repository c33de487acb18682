import type { Decoded, SessionTransformer } from '../contracts/transformer.ts'

/**
 * Sends the value as it is, for anybody to read **and to change**: preferences that a script in the page reads or writes,
 * never what the server must believe. A script reads such a cookie with `decodeURIComponent`; the value stands behind
 * the second dot. Give such a session a `schema`: what comes back is whatever the client likes.
 *
 * Only the value is read, in time linear in its length, and only where it could be written again. Flash and an idle timeout of its
 * own need a token that is signed or encrypted, or a storage: `flash()` and assigning `idleTimeout` throw `SessionConfigError`
 * (`ERR_SESSION_CONFIG`). A value comes back as a tree: an object in several places as several, and a cycle is refused.
 *
 * The deadlines are the client's word too. On each request they are bounded to those of a session that was created at that moment; a
 * client that writes new ones keeps its session for as long as it likes. `createdAt`, and so `requireFresh`, prove nothing.
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
