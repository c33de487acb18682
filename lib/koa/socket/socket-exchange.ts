import type { ParameterizedContext } from 'koa'
import type { Exchange, RequestContext } from '../../contracts/exchange.ts'
import { KoaExchange } from '../exchange.ts'

const ignore = (): void => {}

/** A WebSocket upgrade as an exchange: a request, of which some headers may have come as subprotocols, and no response. */
export class SocketExchange implements Exchange {
  readonly isSocket: boolean = true
  readonly headersSent: boolean = true
  readonly publiclyCached: boolean = false
  readonly setCookie: () => void = ignore
  readonly unsetCookie: () => void = ignore
  readonly setHeader: () => void = ignore
  readonly exposeHeader: () => void = ignore
  readonly vary: () => void = ignore
  readonly keepPrivate: () => void = ignore
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
