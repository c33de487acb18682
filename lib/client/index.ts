/**
 * Reactive stores for the browser: one of its own, and a mirror of what a session on the server shows.
 *
 * @module koa-typed-sessions/client
 */

export { autorun, onInvalidate, withComputation, type AutorunOptions } from './reactive/autorun.ts'
export type { Computation } from './reactive/computation.ts'
export { connectSession } from './mirror/connect-session.ts'
export { currentComputation, nonreactive } from './reactive/current-computation.ts'
export { afterFlush, flush } from './reactive/flush.ts'
export type { Frozen } from './frozen.ts'
export type { MirrorStatus } from './mirror/mirror-state.ts'
export type { Persist } from './reactive/persistence.ts'
export { ReactiveSession, type ReactiveSessionOptions, type Subscribe } from './reactive/reactive-session.ts'
export type { ConnectSessionOptions, SessionMirror } from './mirror/session-mirror.ts'
