import type { ParameterizedContext } from 'koa'
import { KoaExchange } from './exchange.ts'

/** A WebSocket upgrade as an exchange: a request of which headers may have come as subprotocols, and no response. */
export class UpgradeExchange extends KoaExchange {
  readonly #offered: ReadonlyMap<string, string>

  constructor(ctx: ParameterizedContext, offered: ReadonlyMap<string, string>) {
    super(ctx)
    this.#offered = offered
  }

  override get headersSent(): boolean {
    return true
  }

  override header(name: string): string | undefined {
    return super.header(name) ?? this.#offered.get(name)
  }
}
