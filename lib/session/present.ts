import { isPromise, andThen, type Awaitable } from '../base/awaitable.ts'
import { refuse, type Refused } from '../base/refusal.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import type { Codec } from '../definition/codec.ts'
import { readBody } from '../formats/payload.ts'

/** The session that a request's token stands for. */
export interface Presented {
  readonly refused?: undefined
  readonly session: Tracked
  /** Whether the token was made with a retired key. */
  readonly retired: boolean
}

/**
 * The way of a token in: transformers decode it, the tracker finds what it stands for. Without a promise wherever nothing
 * waits.
 *
 * @param tokens One token, or several where the client sent duplicates: each is tried then, and one that is a session is
 *   it. (A sibling domain may toss cookies in; nothing tells which of two genuine ones is the user's.) Where there are more
 *   than may be tried, none is.
 */
export function present(
  mounted: MountedSession,
  tokens: string | readonly string[],
  asked: boolean,
): Awaitable<Presented | Refused> {
  if (typeof tokens === 'string') return presentOne(mounted, tokens, asked)
  if (tokens.length > mounted.candidates) return refuse('duplicate')
  const each = tokens.map((token) => presentOne(mounted, token, asked))
  const all = each.some(isPromise) ? Promise.all(each) : (each as (Presented | Refused)[])
  return andThen(all, (results) => choose(mounted, results))
}

function presentOne(
  { transformer, tracker }: MountedSession,
  token: string,
  asked: boolean,
): Awaitable<Presented | Refused> {
  return andThen(transformer.decode(token), (decoded) => {
    if (decoded.refused !== undefined) return decoded
    return andThen(tracker.load(decoded.text, asked), (session) =>
      session.refused === undefined ? { session, retired: decoded.retired } : session,
    )
  })
}

function isReadable(text: string, codec: Codec): boolean {
  const body = readBody(text)
  return body !== null && (body.value === undefined || codec.read(body.value) !== null)
}

function choose({ codec }: MountedSession, results: readonly (Presented | Refused)[]): Presented | Refused {
  const genuine = results
    .filter((one) => one.refused === undefined)
    .filter(({ session }) => isReadable(session.text, codec))
  if (genuine.length > 1) return refuse('duplicate')
  const [only] = genuine
  if (only) return only
  // An id that the storage does not know (any more) is the mildest reason: it leaves the cookie alone.
  const refused = results.filter((one) => one.refused !== undefined)
  return refused.find((one) => one.refused === 'unknown-id') ?? refused[0] ?? refuse('invalid-value')
}
