/**
 * A server session, live in the browser.
 *
 * @module koa-typed-sessions/live
 */

export { mirror, type Exposed, type Mirror, type MirrorOptions } from './mirror.ts'
