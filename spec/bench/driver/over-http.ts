import { connect, type Socket } from 'node:net'

/** A request over HTTP: its bytes, as they are sent. */
export function requestBytes(path: string, cookie: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nCookie: ${cookie}\r\n\r\n`, 'latin1')
}

/** Connections that stay open while one server is asked again and again, each with one request at a time. */
export class Load {
  readonly #sockets: readonly Socket[]

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets
  }

  static async open(port: number, connections: number): Promise<Load> {
    const opening = Array.from({ length: connections }, () => opened(port))
    return new Load(await Promise.all(opening))
  }

  /** Asks for so many milliseconds. Says how many requests a second were answered. */
  async run(next: () => Buffer, milliseconds: number): Promise<number> {
    let answered = 0
    const begin = process.hrtime.bigint()
    const end = performance.now() + milliseconds
    const ask = (): Buffer | undefined => (performance.now() < end ? next() : undefined)
    await Promise.all(this.#sockets.map((socket) => converse(socket, ask, () => answered++)))
    return (answered * 1e9) / Number(process.hrtime.bigint() - begin)
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Request and response in turn, until there is nothing to ask any more. */
function converse(socket: Socket, ask: () => Buffer | undefined, answered: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = ''
    const stop = (error?: Error): void => {
      socket.off('data', onData)
      socket.off('close', onClose)
      if (error) reject(error)
      else resolve()
    }
    const onClose = (): void => stop(new Error('the server has closed a connection'))
    const send = (): void => {
      const request = ask()
      if (request) socket.write(request)
      else stop()
    }
    const onData = (data: Buffer): void => {
      received += data.toString('latin1')
      if (!isWhole(received)) return
      if (!received.startsWith('HTTP/1.1 200')) return stop(new Error(`the server answered: ${received.slice(0, 80)}`))
      received = ''
      answered()
      send()
    }
    socket.on('data', onData)
    socket.on('close', onClose)
    send()
  })
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1]
  return length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= end + 4 + Number(length)
}
