/**
 * Reactive stores for the browser: a local one, and a read-only mirror of a session on the server.
 *
 * @module koa-typed-sessions/client
 */

export { SessionClientError, type SessionClientErrorCode } from './errors.ts'
export type { Frozen } from './frozen.ts'
export { afterFlush } from './reactive/after-flush.ts'
export { autorun, onInvalidate, withComputation, type AutorunOptions } from './reactive/autorun.ts'
export type { Computation } from './reactive/computation.ts'
export { currentComputation, nonreactive } from './reactive/current-computation.ts'
export { flush } from './reactive/flush.ts'
export type { Persist } from './reactive/persistence.ts'
export { ReactiveSession, type ReactiveSessionOptions, type Subscribe } from './reactive/reactive-session.ts'
export { connectSession } from './mirror/connect-session.ts'
export type { MirrorStatus } from './mirror/mirror-state.ts'
export type { ConnectSessionOptions, SessionMirror } from './mirror/session-mirror.ts'
