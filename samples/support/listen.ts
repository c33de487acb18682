import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type Koa from 'koa'

/** An app that speaks WebSocket, too. */
export interface WithUpgrade {
  /** What is to be called for each `upgrade` event of the server. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

/** Serves an app on `PORT`, or 3000, for this machine only; `HOST=0.0.0.0` lets the phone on the table in. */
export function listen(app: Koa & Partial<WithUpgrade>): void {
  const { PORT = '3000', HOST = '127.0.0.1' } = process.env
  const server = app.listen(Number(PORT), HOST)
  if (app.upgrade) server.on('upgrade', app.upgrade)
  server.on('listening', () => {
    const { port } = server.address() as AddressInfo
    console.log(`http://${HOST === '127.0.0.1' ? 'localhost' : HOST}:${port}`)
  })
  server.on('error', (error) => {
    console.error(`cannot listen on port ${PORT} (${error.message}): choose another, as in PORT=3001`)
    process.exitCode = 1
  })
}
