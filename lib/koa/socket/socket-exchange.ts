import type { ParameterizedContext } from 'koa'
import type { Exchange, RequestContext } from '../../contracts/exchange.ts'
import { KoaExchange } from '../exchange.ts'

const NOTHING = (): void => {}

/** A WebSocket upgrade as an exchange: a request, of which some headers may have come as subprotocols, and no response. */
export class SocketExchange implements Exchange {
  readonly isSocket = true
  readonly headersSent = true
  readonly publiclyCached = false
  readonly setCookie = NOTHING
  readonly unsetCookie = NOTHING
  readonly setHeader = NOTHING
  readonly exposeHeader = NOTHING
  readonly vary = NOTHING
  readonly keepPrivate = NOTHING
  readonly #request: KoaExchange
  readonly #offered: ReadonlyMap<string, string>

  constructor(ctx: ParameterizedContext, offered: ReadonlyMap<string, string>) {
    this.#request = new KoaExchange(ctx)
    this.#offered = offered
  }

  get context(): RequestContext {
    return this.#request.context
  }

  get secure(): boolean {
    return this.#request.secure
  }

  get crossOrigin(): boolean {
    return this.#request.crossOrigin
  }

  isShared(kind: string, name: string): boolean {
    return this.#request.isShared(kind, name)
  }

  header(name: string): string | undefined {
    return this.#request.header(name) ?? this.#offered.get(name)
  }

  report(error: unknown): void {
    this.#request.report(error)
  }
}
