import type { ExtendableContext, ParameterizedContext } from 'koa'
import { kindOf } from '../base/kind.ts'
import { checkCount, checkOptionNames } from '../base/options.ts'
import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { planOf, type AnyDefinition, type DefinitionOf } from '../definition/definition.ts'
import { SessionConfigError, SessionNotMountedError, SessionStorageError } from '../errors.ts'
import { isCrossOrigin } from '../koa/origin.ts'
import { Places } from '../session/places.ts'
import { RequestSessions } from '../session/request-sessions.ts'
import { toText } from '../wire/text.ts'
import { Projector } from './projection.ts'
import { snapshotOf } from './snapshot.ts'
import { SnapshotStream } from './snapshot-stream.ts'

declare const exposed: unique symbol

/** What {@link mirror} takes. */
export interface MirrorOptions<T extends object, E extends object> {
  /** What the browser may see of the value, and nothing else ever leaves. Synchronous. Its result's type is the browser's. */
  readonly expose: (value: Readonly<T>) => E
  /**
   * How many streams of this mirror one session may have open in this process; what is above is answered with 429. `Infinity` for no
   * limit. Default 100: more than a browser has tabs of one app, and about a megabyte of memory.
   */
  readonly maxStreams?: number
}

/** A Koa handler that shows a browser its session, live. */
export interface Mirror<E extends object> {
  (ctx: ParameterizedContext): Promise<void>
  /**
   * The snapshot that a stream would begin with, for a `<script type="application/json">` in the page, so that nothing flashes:
   * safe to be put there as it is. Empty where there is no session. What this request has set counts from the next one on.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) where the session could not be read.
   */
  snapshot(ctx: ExtendableContext): Promise<string>
  /** Carries the type; it is not there at run time. */
  readonly [exposed]?: E
}

/** The type that a mirror shows, for `connectSession<Exposed<typeof accountMirror>>(url)` in the browser. */
export type Exposed<M> = M extends Mirror<infer E> ? E : never

/**
 * Shows a browser what `expose` gives of its session, as server-sent events: a snapshot now, and one whenever that has changed;
 * `gone` when it is cleared, revoked or expired, by whatever request on whatever node. Mount it as the handler of a GET, behind
 * `sessions([…])`.
 *
 * Opening it has no effect on any session: none is renewed, no flash used up, no cookie set. Who has no session gets 204, another
 * site's page 403, and while the storage is down it is 503. A session that is followed costs one watch, and a read every 25 s; two reads
 * a second where the storage has no `watch`; as much however many streams and sockets follow it in this process. A stream that is
 * above `maxStreams` gets 429, and may come again after ten seconds.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) for a session by value: no server sees it change.
 *
 * @example
 * const userMirror = mirror(UserSession, { expose: ({ id, count }) => ({ name: id, count }) })
 * router.get('/session', userMirror)
 */
export function mirror<T extends object, E extends object>(
  definition: DefinitionOf<T>,
  options: MirrorOptions<NoInfer<T>, E>,
): Mirror<E> {
  const plan = planOf(definition)
  if (!plan)
    throw new SessionConfigError(
      `mirror() takes a definition, made by cookie(), header() or session(), not ${kindOf(definition)}`,
    )
  const { name } = plan
  checkOptionNames(`mirror() of session '${name}'`, options, ['expose', 'maxStreams'], name)
  const { expose, maxStreams = 100 } = options
  if (typeof expose !== 'function')
    throw new SessionConfigError(`mirror() of session '${name}': say in 'expose' what the browser may see`, name)
  if (!plan.options.storage) {
    throw new SessionConfigError(
      `mirror() of session '${name}': it travels in its token, so that the server sees it only when a request brings it; keep it in a 'storage'`,
      name,
    )
  }
  checkCount(`mirror() of session '${name}': maxStreams`, maxStreams)
  const projector = new Projector(expose)
  const places = new Places()

  async function handler(ctx: ParameterizedContext): Promise<void> {
    const sessions = requestSessions(ctx, name)
    const exchange = RequestSessions.exchangeOf(sessions)
    exchange.looksOn = true
    ctx.set('Cache-Control', 'no-store')
    // Whatever the app says afterwards.
    exchange.keepPrivate()
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.set('Allow', 'GET, HEAD')
      ctx.status = 405
    } else if (isCrossOrigin(ctx)) {
      ctx.status = 403
    } else {
      await answer(ctx, sessions).catch((error: unknown) => unavailable(ctx, sessions, error))
    }
  }

  async function answer(ctx: ParameterizedContext, sessions: RequestSessions): Promise<void> {
    const read = await readStored(sessions, definition)
    if (!read) return void (ctx.status = 204)
    const { mounted, session } = read
    if (ctx.method === 'HEAD') return begin(ctx, projector.make(mounted, session) !== null)
    // Behind an answer that is still under way on this connection, as pipelined requests are, nothing could be sent.
    if (ctx.res.socket === null) return comeAgain(ctx, 503, 1)
    const free = places.take(mounted, session, maxStreams)
    if (!free) return comeAgain(ctx, 429, 10)
    const stream = new SnapshotStream(mounted, session, projector, (error) =>
      RequestSessions.exchangeOf(sessions).report(error),
    )
    let leave = free
    try {
      const following = await sessions.mountOf(definition).followings.follow(mounted, session, stream)
      leave = () => {
        following?.leave(stream)
        free()
      }
      const first = following && stream.first(following.session)
      begin(ctx, first !== null)
      if (first !== null) await sessions.commit()
      if (first === null || ctx.res.destroyed) return leave()
      // Koa would take each reader who leaves for an error.
      ctx.respond = false
      ctx.res.on('close', leave)
      stream.open(ctx.res, first)
    } catch (error) {
      leave()
      throw error
    }
  }

  async function snapshot(ctx: ExtendableContext): Promise<string> {
    const read = await readStored(requestSessions(ctx, name), definition)
    const shown = read && snapshotOf(read.mounted, read.session, expose)
    return shown ? inHtml(toText(shown)) : ''
  }

  return Object.assign(handler, { snapshot })
}

function requestSessions(ctx: ExtendableContext, name: string): RequestSessions {
  if (ctx.sessions instanceof RequestSessions) return ctx.sessions
  throw new SessionNotMountedError(`mirror() of session '${name}' stands before, or without, sessions([…])`, name)
}

async function readStored(
  sessions: RequestSessions,
  definition: AnyDefinition,
): Promise<{ readonly mounted: MountedSession; readonly session: Tracked } | null> {
  if (sessions.isDeferred(definition)) await sessions.load(definition)
  const session = sessions.stored(definition)
  return session && { mounted: sessions.mountOf(definition).get(definition), session }
}

function begin(ctx: ParameterizedContext, isShown: boolean): void {
  ctx.status = isShown ? 200 : 204
  if (!isShown) return
  ctx.type = 'text/event-stream'
  ctx.set('X-Accel-Buffering', 'no')
}

function unavailable(ctx: ParameterizedContext, sessions: RequestSessions, error: unknown): void {
  if (!(error instanceof SessionStorageError)) throw error
  RequestSessions.exchangeOf(sessions).report(error)
  comeAgain(ctx, 503, 1)
}

function comeAgain(ctx: ParameterizedContext, status: number, seconds: number): void {
  ctx.set('Retry-After', String(seconds))
  ctx.status = status
}

/** JSON has these in texts only, and an HTML parser must not find the end of the script there. */
function inHtml(text: string): string {
  return text.replace(/[<\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
