import type { ParameterizedContext } from 'koa'
import type { Exchange, RequestContext } from '../contracts/exchange.ts'
import { isShared } from './app-mounts.ts'
import { isError } from './errors.ts'
import { isSameCookie } from './set-cookie.ts'
import { isPublic, PRIVATE, SHARED_CACHES, strictest } from './cache-control.ts'
import { isCrossOrigin } from './origin.ts'
import { onWriteHead, type WriteHeadListener } from './write-head.ts'

const NONE: readonly never[] = []

/**
 * Koa's context as an exchange.
 *
 * Koa's error handler removes all headers, but the client must still receive the token of what was stored. The exchange therefore
 * remembers its headers and sets them again just before the head is written. It does not put them on the error object, which
 * requests may share. Only responses with session headers are hooked.
 */
export class KoaExchange implements Exchange, WriteHeadListener {
  readonly #ctx: ParameterizedContext
  // Created when needed: most responses have no session headers.
  #cookies: readonly { readonly cookie: string; readonly line: string }[] = NONE
  #headers: Map<string, string> | undefined
  #exposed: Set<string> | undefined
  #varied: string[] | undefined
  #private = false
  #guarded = false

  constructor(ctx: ParameterizedContext) {
    this.#ctx = ctx
  }

  get context(): RequestContext {
    return this.#ctx
  }

  get secure(): boolean {
    return this.#ctx.secure || this.#ctx.app.env === 'production'
  }

  get crossOrigin(): boolean {
    return isCrossOrigin(this.#ctx)
  }

  get headersSent(): boolean {
    return this.#ctx.res.headersSent
  }

  get publiclyCached(): boolean {
    const present = this.#ctx.res.getHeader('Cache-Control')
    return present !== undefined && isPublic(String(present))
  }

  isShared(kind: string, name: string): boolean {
    return isShared(this.#ctx.app, kind, name)
  }

  header(name: string): string | undefined {
    const { headers } = this.#ctx.req
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined
    return Array.isArray(value) ? value.join(', ') : value
  }

  setCookie(cookie: string, line: string): void {
    const earlier = this.#cookies.find((one) => one.cookie === cookie)
    this.#cookies = [...this.#cookies.filter((one) => one !== earlier), { cookie, line }]
    this.#putCookie(line, earlier?.line)
    this.guard()
  }

  unsetCookie(cookie: string): void {
    const earlier = this.#cookies.find((one) => one.cookie === cookie)
    if (!earlier) return
    this.#cookies = this.#cookies.filter((one) => one !== earlier)
    const kept = this.#cookieLines().filter((other) => other !== earlier.line)
    this.#ctx.res.setHeader('Set-Cookie', kept)
  }

  setHeader(name: string, value: string): void {
    ;(this.#headers ??= new Map()).set(name, value)
    this.#ctx.res.setHeader(name, value)
    this.guard()
  }

  exposeHeader(name: string): void {
    ;(this.#exposed ??= new Set()).add(name)
    this.#putExposed(name)
  }

  vary(name: string): void {
    if (!this.#varied?.includes(name)) (this.#varied ??= []).push(name)
    this.#putVaried(name)
  }

  keepPrivate(): void {
    this.#private = true
    this.#putPrivate()
    this.guard()
  }

  report(error: unknown): void {
    const told = isError(error) ? error : new Error('the thrown value is not an error', { cause: error })
    try {
      this.#ctx.app.emit('error', told, this.#ctx)
    } catch {
      // A listener that throws must not end the response or the process.
    }
  }

  /** Sets a line in place of all others of the same cookie: of two, a browser keeps the later one. */
  #putCookie(line: string, instead?: string): void {
    const lines = this.#cookieLines()
    if (lines.length === 0) return void this.#ctx.res.setHeader('Set-Cookie', [line])
    if (lines.length === 1 && lines[0] === line) return
    const others = lines.filter((other) => other !== instead && !isSameCookie(other, line))
    this.#ctx.res.setHeader('Set-Cookie', [...others, line])
  }

  #cookieLines(): readonly string[] {
    const present = this.#ctx.res.getHeader('Set-Cookie')
    if (present === undefined) return NONE
    return Array.isArray(present) ? present : [String(present)]
  }

  #putVaried(name: string): void {
    const present = this.#ctx.res.getHeader('Vary')
    if (present === undefined) this.#ctx.res.setHeader('Vary', name)
    else if (present !== name) this.#ctx.vary(name)
  }

  #putExposed(name: string): void {
    const exposed = String(this.#ctx.res.getHeader('Access-Control-Expose-Headers') ?? '')
    const names = exposed
      .toLowerCase()
      .split(',')
      .map((one) => one.trim())
    if (names.includes('*') || names.includes(name.toLowerCase())) return
    this.#ctx.res.setHeader('Access-Control-Expose-Headers', exposed ? `${exposed}, ${name}` : name)
  }

  #putPrivate(): void {
    const present = this.#ctx.res.getHeader('Cache-Control')
    if (present === undefined) this.#ctx.res.setHeader('Cache-Control', PRIVATE)
    else if (present !== PRIVATE) this.#ctx.res.setHeader('Cache-Control', strictest(String(present)))
  }

  /** Sets all headers again when the head is written, in case they were removed or replaced. */
  guard(): void {
    if (this.#guarded) return
    this.#guarded = true
    onWriteHead(this.#ctx.res, this)
  }

  beforeWriteHead(): void {
    try {
      for (const { line } of this.#cookies) this.#putCookie(line)
      for (const [name, value] of this.#headers ?? []) this.#ctx.res.setHeader(name, value)
      for (const name of this.#exposed ?? []) this.#putExposed(name)
      for (const name of this.#varied ?? []) this.#putVaried(name)
      if (!this.#private) return
      this.#putPrivate()
      for (const name of SHARED_CACHES) {
        if (this.#ctx.res.getHeader(name) !== undefined) this.#ctx.res.setHeader(name, 'no-store')
      }
    } catch (error) {
      this.report(error)
    }
  }
}
