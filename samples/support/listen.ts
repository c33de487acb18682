import type { AddressInfo } from 'node:net'
import type Koa from 'koa'

/** Serves an app on `PORT`, or 3000, for this machine only; `HOST=0.0.0.0` lets the phone on the table in. */
export function listen(app: Koa): void {
  const { PORT = '3000', HOST = '127.0.0.1' } = process.env
  const server = app.listen(Number(PORT), HOST)
  server.on('listening', () => {
    const { port } = server.address() as AddressInfo
    console.log(`http://${HOST === '127.0.0.1' ? 'localhost' : HOST}:${port}`)
  })
  server.on('error', (error) => {
    console.error(`cannot listen on port ${PORT} (${error.message}): choose another, as in PORT=3001`)
    process.exitCode = 1
  })
}
