import type { DefaultState, ExtendableContext } from 'koa'
import type { Sessions } from '../request/sessions.ts'

/**
 * The only place that augments foreign types. The contexts of `new Koa()` and of `@koa/router` both extend `ExtendableContext`, so that
 * `ctx.sessions` is typed in both, and never `any`.
 */
declare module 'koa' {
  interface ExtendableContext {
    /** The sessions of this request. Its methods throw for a session that no earlier `sessions([…])` has mounted. */
    sessions: Sessions
  }
}

declare module '../contracts/exchange.ts' {
  interface RequestContext extends ExtendableContext {
    state: DefaultState
  }
}
