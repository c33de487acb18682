import { FrameReader } from '../../wire/frame-reader.ts'
import type { Frame } from '../../wire/mirror-frame.ts'
import type { Environment } from '../environment.ts'

/** Requests and reads the stream. Resolves with `true` if the server has no session, with `false` when the stream ends. */
export async function readStream(
  environment: Environment,
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  onFrames: (frames: Frame[]) => void,
): Promise<boolean> {
  const { status, type, body } = await environment.fetch(url, {
    headers: { ...headers, Accept: 'text/event-stream' },
    cache: 'no-store',
    redirect: 'manual',
    signal,
  })
  // A redirect is assumed to lead to a login page.
  if (status === 204 || status === 401 || status === 403 || type === 'opaqueredirect') return true
  if (status !== 200 || !body) return false
  const frames = new FrameReader()
  // `FrameReader` removes the byte order mark.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return false
    onFrames(frames.push(decoder.decode(value, { stream: true })))
  }
}
