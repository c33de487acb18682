/**
 * Shows a session on the server live in the browser.
 *
 * @module koa-typed-sessions/live
 */

export { mirror, type Exposed, type Mirror, type MirrorOptions } from './mirror.ts'
