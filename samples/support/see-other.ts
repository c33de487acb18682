import type { ExtendableContext } from 'koa'

/** Answers a form that was posted: the browser is to GET that page, so that a reload does not post again. */
export function seeOther(ctx: ExtendableContext, path: string): void {
  ctx.status = 303
  ctx.redirect(path)
}
