import { andThen, isPromise, type Awaitable } from '../base/awaitable.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { Patience, Tracked } from '../contracts/tracker.ts'
import type { Decoded } from '../contracts/transformer.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import type { Codec } from '../definition/codec.ts'
import { readBody } from '../formats/payload.ts'

/** The session that a token stands for. */
export interface TokenRead {
  readonly refused?: undefined
  readonly session: Tracked
  /** Whether the token was made with a retired key. */
  readonly hasOldKey: boolean
}

/**
 * The way of a token in: the transformers decode it, and the tracker finds the session that it stands for. Without a promise if
 * nothing has to be waited for.
 *
 * @param tokens One token, or several if the client sent duplicates, since a sibling domain may set cookies of the same name. Each
 *   is tried, and the only one that is a session wins: which of two valid ones is the user's cannot be known. If there are more
 *   than may be tried, none is.
 */
export function readToken(
  mounted: MountedSession,
  tokens: string | readonly string[],
  patience: Patience,
): Awaitable<TokenRead | Refused> {
  if (typeof tokens !== 'string') return readOneOf(mounted, tokens, patience)
  const decoded = mounted.transformer.decode(tokens)
  return isPromise(decoded) ? decoded.then((one) => load(mounted, one, patience)) : load(mounted, decoded, patience)
}

function readOneOf(
  mounted: MountedSession,
  tokens: readonly string[],
  patience: Patience,
): Awaitable<TokenRead | Refused> {
  if (tokens.length > mounted.candidates) return refuse('duplicate')
  const each = tokens.map((token) => readToken(mounted, token, patience))
  const all = each.some(isPromise) ? Promise.all(each) : (each as (TokenRead | Refused)[])
  return andThen(all, (results) => choose(mounted, results))
}

function load(
  { tracker }: MountedSession,
  decoded: Decoded | Refused,
  patience: Patience,
): Awaitable<TokenRead | Refused> {
  if (decoded.refused !== undefined) return decoded
  const { text, retired: hasOldKey } = decoded
  const session = tracker.load(text, patience)
  if (isPromise(session)) return session.then((one) => (one.refused === undefined ? { session: one, hasOldKey } : one))
  return session.refused === undefined ? { session, hasOldKey } : session
}

function choose({ codec }: MountedSession, results: readonly (TokenRead | Refused)[]): TokenRead | Refused {
  const genuine = results
    .filter((one) => one.refused === undefined)
    .filter(({ session }) => isReadable(session.text, codec))
  if (genuine.length > 1) return refuse('duplicate')
  const [only] = genuine
  if (only) return only
  // An id that the storage does not know, or not any more, is the mildest reason: it leaves the cookie alone.
  const refused = results.filter((one) => one.refused !== undefined)
  return refused.find((one) => one.refused === 'unknown-id') ?? refused[0] ?? refuse('invalid-value')
}

function isReadable(text: string, codec: Codec): boolean {
  const body = readBody(text)
  return body !== null && (body.value === undefined || codec.read(body.value) !== null)
}
