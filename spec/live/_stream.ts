import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { ExecutionContext } from 'ava'
import { FrameReader } from '../../lib/wire/frame-reader.ts'
import type { Frame } from '../../lib/wire/mirror-frame.ts'
import type { Browser } from '../support/browser.ts'

/** A mirror's stream as a browser reads it. */
export interface OpenStream {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** All text so far. */
  readonly text: string
  /** The next frame, in order. */
  frame(): Promise<Frame>
  /** How many frames came so far. */
  readonly count: number
  readonly ended: Promise<void>
  readonly response: IncomingMessage
  leave(): void
}

/** Opens a stream with a browser's cookies, until the test is over. */
export async function openStream(
  t: Pick<ExecutionContext, 'teardown'>,
  url: string,
  { browser, headers = {} }: { browser?: Browser; headers?: Record<string, string> } = {},
): Promise<OpenStream> {
  const cookie = Array.from(browser?.cookies ?? [], ([name, value]) => `${name}=${value}`).join('; ')
  const request = get(url, { headers: { ...(cookie && { cookie }), ...headers }, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  request.on('error', () => {})
  response.on('error', () => {})
  t.teardown(() => request.destroy())
  const reader = new FrameReader()
  const frames: Frame[] = []
  let text = ''
  let taken = 0
  let wake: () => void = () => {}
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    frames.push(...reader.push(chunk))
    wake()
  })
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    get text() {
      return text
    },
    get count() {
      return frames.length
    },
    async frame() {
      while (taken >= frames.length) await new Promise<void>((resolve) => (wake = resolve))
      return frames[taken++]!
    },
    ended: new Promise((resolve) => response.once('close', resolve)),
    response,
    leave: () => request.destroy(),
  }
}
