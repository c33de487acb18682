import type { ExtendableContext, ParameterizedContext } from 'koa'
import { kindOf } from '../base/kind.ts'
import { checkCount, checkOptions } from '../base/options.ts'
import type { FoundSession } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { resolvedDefinition, type AnyDefinition, type DefinitionOf } from '../definition/definition.ts'
import { SessionConfigError, SessionStorageError } from '../errors.ts'
import { loaded, requireSessions } from '../koa/current-sessions.ts'
import { isCrossOrigin } from '../koa/origin.ts'
import { ConnectionLimiter } from '../mount/connection-limiter.ts'
import type { Mount } from '../mount/mount.ts'
import { RequestSessions, storedSession } from '../request/request-sessions.ts'
import { toCanonicalText } from '../wire/canonical-text.ts'
import { Projector } from './projection.ts'
import { snapshotOf } from './snapshot.ts'
import { SnapshotStream } from './snapshot-stream.ts'

declare const exposed: unique symbol

/** The options of {@link mirror}. */
export interface MirrorOptions<T extends object, E extends object> {
  /** Returns what the browser may see of the value, synchronously. Nothing else is sent. The browser has the type of its result. */
  readonly expose: (value: Readonly<T>) => E
  /**
   * How many streams of this mirror a session may have open in this process; further ones get 429. `Infinity` for no limit.
   * Default: 100, which is more than a browser has tabs of one app, and takes about a megabyte of memory.
   */
  readonly maxStreams?: number
}

/** A Koa handler that streams a session to the browser. */
export interface Mirror<E extends object> {
  (ctx: ParameterizedContext): Promise<void>
  /**
   * The first snapshot of a stream, as text that is safe inside a `<script type="application/json">`, so that the page can show it
   * without a flash of missing content. Empty if there is no session. Changes of this request show from the next one on.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) if the session could not be read.
   */
  snapshot(ctx: ExtendableContext): Promise<string>
  /** Carries the type. Absent at run time. */
  readonly [exposed]?: E
}

/** The type that a mirror exposes, for `connectSession<Exposed<typeof accountMirror>>(url)` in the browser. */
export type Exposed<M> = M extends Mirror<infer E> ? E : never

/**
 * Streams what `expose` returns to the browser, as server-sent events: a snapshot now and after each change, and `gone` when the
 * session is cleared, revoked or expired, by any request on any node. Mount it as the handler of a GET, after `sessions([…])`.
 *
 * Opening a stream has no effect on any session: it renews none, uses up no flash value and sets no cookie. The response is 204
 * without a session, 403 to a page of another site, 503 while the storage is down, and 429 with `Retry-After: 10` above
 * `maxStreams`. A followed session costs one watch and a read every 25 s, or two reads a second if the storage has no `watch`,
 * independent of the number of streams and sockets that follow it in this process.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) for a session by value, since the server does not see its changes.
 *
 * @example
 * const userMirror = mirror(UserSession, { expose: ({ id, count }) => ({ name: id, count }) })
 * router.get('/session', userMirror)
 */
export function mirror<T extends object, E extends object>(
  definition: DefinitionOf<T>,
  options: MirrorOptions<NoInfer<T>, E>,
): Mirror<E> {
  const resolved = resolvedDefinition(definition)
  if (!resolved)
    throw new SessionConfigError(
      `mirror() takes a definition, made by cookie(), header() or session(), not ${kindOf(definition)}`,
    )
  const { name } = resolved
  const what = `mirror() of session '${name}'`
  checkOptions(what, options, { expose: 'any', maxStreams: 'any' }, name)
  const { expose, maxStreams = 100 } = options
  if (typeof expose !== 'function')
    throw new SessionConfigError(`${what}: say in 'expose' what the browser may see`, name)
  if (!resolved.options.storage) {
    throw new SessionConfigError(
      `${what}: it travels in its token, so that the server sees it only when a request brings it; keep it in a 'storage'`,
      name,
    )
  }
  checkCount(`${what}: maxStreams`, maxStreams)
  const projector = new Projector(expose)
  const streams = new ConnectionLimiter()

  async function handler(ctx: ParameterizedContext): Promise<void> {
    const sessions = requireSessions(ctx, what, name)
    const exchange = RequestSessions.exchangeOf(sessions)
    exchange.readOnly = true
    ctx.set('Cache-Control', 'no-store')
    // Prevents caching even if the app sets other headers later.
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
    const { mount, mounted, session } = read
    if (ctx.method === 'HEAD') return begin(ctx, projector.make(mounted, session) !== null)
    // A pipelined request has no socket until the previous response ends, so a stream could not be sent.
    if (ctx.res.socket === null) return comeAgain(ctx, 503, 1)
    const release = streams.acquire(mounted, session, maxStreams)
    if (!release) return comeAgain(ctx, 429, 10)
    const stream = new SnapshotStream(mounted, session, projector, (error) =>
      RequestSessions.exchangeOf(sessions).report(error),
    )
    let leave = release
    try {
      const watch = await mount.watches.listen(mounted, session, stream)
      leave = () => {
        watch?.remove(stream)
        release()
      }
      const first = watch && stream.first(watch.session)
      begin(ctx, first !== null)
      if (first !== null) await sessions.commit()
      if (first === null || ctx.res.destroyed) return leave()
      // Koa would report an error for each client that disconnects.
      ctx.respond = false
      ctx.res.on('close', leave)
      stream.open(ctx.res, first)
    } catch (error) {
      leave()
      throw error
    }
  }

  async function snapshot(ctx: ExtendableContext): Promise<string> {
    const read = await readStored(requireSessions(ctx, what, name), definition)
    const shown = read && snapshotOf(read.mounted, read.session, expose)
    return shown ? inHtml(toCanonicalText(shown)) : ''
  }

  return Object.assign(handler, { snapshot })
}

async function readStored(
  sessions: RequestSessions,
  definition: AnyDefinition,
): Promise<{ readonly mount: Mount; readonly mounted: MountedSession; readonly session: FoundSession } | null> {
  const session = storedSession(await loaded(sessions, definition), definition)
  if (!session) return null
  const mount = RequestSessions.mountOf(sessions, definition)
  return { mount, mounted: mount.get(definition), session }
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

/** Escapes what could end the script element. In JSON these characters occur in strings only. */
function inHtml(text: string): string {
  return text.replace(/[<\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
