import type { DefaultState, ExtendableContext } from 'koa'
import type { Sessions } from '../request/sessions.ts'

/**
 * The one place where types of others are merged into. `ExtendableContext` is what the contexts of `new Koa()` and of
 * `@koa/router` both extend, so that `ctx.sessions` is typed in either, and never `any`.
 */
declare module 'koa' {
  interface ExtendableContext {
    /** The sessions of this request. Throws for what no `sessions([…])` before this handler has mounted. */
    sessions: Sessions
  }
}

declare module '../contracts/exchange.ts' {
  interface RequestContext extends ExtendableContext {
    state: DefaultState
  }
}
