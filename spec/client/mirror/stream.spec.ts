import test from 'ava'
import type { Environment } from '../../../lib/client/environment.ts'
import { readStream } from '../../../lib/client/mirror/stream.ts'
import { frameText, type Frame } from '../../../lib/wire/mirror-frame.ts'

/** What is read of a body that comes in chunks of so many bytes. */
async function read(bytes: Uint8Array, size: number): Promise<Frame[]> {
  let from = 0
  const reader = {
    read: async () => {
      const value = bytes.subarray(from, (from += size))
      return value.length > 0 ? { done: false, value } : { done: true }
    },
  }
  const environment = {
    fetch: async () => ({ status: 200, type: 'basic', headers: new Headers(), body: { getReader: () => reader } }),
  } as Partial<Environment> as Environment
  const frames: Frame[] = []
  await readStream(environment, '/session', {}, new AbortController().signal, (heard) => {
    frames.push(...heard)
  })
  return frames
}

const snapshot: Frame = {
  event: 'snapshot',
  data: { session: 'S', subject: 'ada', version: 1, now: 1, expiresAt: 2, value: { name: 'Zoë 京 😀', plain: 'a' } },
}
const bytes = new TextEncoder().encode(frameText(snapshot))

for (const size of [1, 2, 3, 7, 1_000]) {
  test(`characters of several bytes are read in chunks of ${size} bytes, with a byte order mark and without`, async (t) => {
    t.deepEqual(await read(bytes, size), [snapshot])
    t.deepEqual(await read(Uint8Array.from([0xef, 0xbb, 0xbf, ...bytes]), size), [snapshot])
  })
}

test('bytes that are no UTF-8 end nothing: the next frame counts', async (t) => {
  t.deepEqual(await read(Uint8Array.from([0xff, 0xc3, 10, 10, ...bytes]), 5), [snapshot])
})
