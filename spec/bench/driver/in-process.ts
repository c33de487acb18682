import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { parseResponse, type Response } from './response.ts'

/** A socket that nobody reads: what is written is gone, or kept for whoever asks. */
class StubSocket extends Duplex {
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort = 1
  kept: string | undefined

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.kept !== undefined) this.kept += chunk.toString('latin1')
    done()
  }

  override _writev(chunks: { chunk: Buffer | string; encoding: BufferEncoding }[], done: () => void): void {
    if (this.kept !== undefined) {
      for (const { chunk, encoding } of chunks) {
        this.kept += (typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk).toString('latin1')
      }
    }
    done()
  }

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }
}

/** The method by which Node's parser hands over the headers: they are read when somebody asks for them. */
type Parsed = IncomingMessage & { _addHeaderLines(headers: readonly string[], count: number): void }

const HEADERS = [
  'Host',
  '127.0.0.1:3000',
  'User-Agent',
  'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/130.0',
  'Accept',
  'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
  'Accept-Encoding',
  'gzip, deflate, br',
]

/** The request of one client. The `Cookie` header is bytes: each request gets a text of its own, as from a parser. */
export interface Asked {
  readonly path: string
  readonly cookie: Buffer
  /** Names and values of other headers by turns, in Latin-1. */
  readonly headers?: readonly string[]
}

/**
 * Calls a listener with real requests and responses and no network: so many requests, so many at a time. Done when the last
 * response is finished.
 */
export function drive(listener: RequestListener, next: () => Asked, requests: number, atOnce: number): Promise<void> {
  return new Promise((resolve) => {
    let started = 0
    let finished = 0
    const begin = (socket: StubSocket): void => {
      if (started === requests) return
      started++
      const response = ask(listener, socket, next())
      response.on('finish', () => {
        response.detachSocket(socket as unknown as Socket)
        finished++
        if (finished === requests) resolve()
        else begin(socket)
      })
    }
    for (let slot = 0; slot < Math.min(atOnce, requests); slot++) begin(new StubSocket())
  })
}

/** One request, and what came back. */
export function exchange(listener: RequestListener, asked: Asked): Promise<Response> {
  return new Promise((resolve) => {
    const socket = new StubSocket()
    socket.kept = ''
    const response = ask(listener, socket, asked)
    response.on('finish', () => resolve(parseResponse(socket.kept ?? '')))
  })
}

function ask(
  listener: RequestListener,
  socket: StubSocket,
  { path, cookie, headers: others = [] }: Asked,
): ServerResponse {
  const connection = socket as unknown as Socket
  const request = new IncomingMessage(connection) as Parsed
  request.method = 'GET'
  request.url = path
  request.httpVersion = '1.1'
  request.httpVersionMajor = 1
  request.httpVersionMinor = 1
  const headers = [...HEADERS, 'Cookie', cookie.toString('latin1'), ...others]
  request._addHeaderLines(headers, headers.length)
  request.complete = true
  request.push(null)
  const response = new ServerResponse(request)
  response.assignSocket(connection)
  listener(request, response)
  return response
}
