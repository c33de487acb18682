import type { ParameterizedContext } from 'koa'
import type { Exchange, RequestContext } from '../contracts/exchange.ts'
import { watchHead, type HeadWatcher } from './write-head.ts'
import { isError } from './is-error.ts'
import { isShared } from './mounts.ts'
import { isSameCookie } from './set-cookie.ts'
import { isPublic, PRIVATE, SHARED_CACHES, strictest } from './cache-control.ts'
import { isCrossOrigin } from './origin.ts'

const NONE: readonly never[] = []

/**
 * Koa's context as an exchange.
 *
 * Remembers what it has put on the response: Koa's error handler takes all headers off again, and what was stored must
 * reach the client all the same, so they are put on once more when the head is written. They never go on the error object,
 * which requests may share. A response that carries something of ours is watched, and no other.
 */
export class KoaExchange implements Exchange, HeadWatcher {
  readonly #ctx: ParameterizedContext
  // Lists and maps of its own only when they are needed: most responses carry nothing of ours.
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
    return isPublic(this.#responseHeader('Cache-Control'))
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
    const told = isError(error) ? error : new Error('what was thrown is no error', { cause: error })
    try {
      this.#ctx.app.emit('error', told, this.#ctx)
    } catch {
      // A listener that throws has nobody left to tell, and must not end the response or the process.
    }
  }

  /** Puts a line on in place of all that say something of the same cookie: of two, the browser would take the later one. */
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
    const exposed = this.#responseHeader('Access-Control-Expose-Headers')
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

  #responseHeader(name: string): string {
    return String(this.#ctx.res.getHeader(name) ?? '')
  }

  /** Sees to it, when the head is written, that all is on it, whoever has taken it off or written over it. */
  guard(): void {
    if (this.#guarded) return
    this.#guarded = true
    watchHead(this.#ctx.res, this)
  }

  beforeHead(): void {
    try {
      this.#putAll()
    } catch (error) {
      this.report(error)
    }
  }

  #putAll(): void {
    for (const { line } of this.#cookies) this.#putCookie(line)
    for (const [name, value] of this.#headers ?? []) this.#ctx.res.setHeader(name, value)
    for (const name of this.#exposed ?? []) this.#putExposed(name)
    for (const name of this.#varied ?? []) this.#putVaried(name)
    if (!this.#private) return
    this.#putPrivate()
    for (const name of SHARED_CACHES) {
      if (this.#ctx.res.getHeader(name) !== undefined) this.#ctx.res.setHeader(name, 'no-store')
    }
  }
}
