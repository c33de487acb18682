/**
 * Reactive stores for the browser: one of its own, and a mirror of what a session on the server shows.
 *
 * @module koa-typed-sessions/client
 */

export { autorun, onInvalidate, withComputation, type AutorunOptions } from './autorun.ts'
export type { Computation } from './computation.ts'
export { connectSession } from './connect-session.ts'
export { currentComputation, nonreactive } from './current.ts'
export { afterFlush, flush } from './flush.ts'
export type { Frozen } from './frozen.ts'
export type { MirrorStatus } from './mirror-state.ts'
export type { Persist } from './persistence.ts'
export { ReactiveSession, type ReactiveSessionOptions, type Subscribe } from './reactive-session.ts'
export type { ConnectSessionOptions, SessionMirror } from './session-mirror.ts'
