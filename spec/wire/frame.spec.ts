import test from 'ava'
import fc from 'fast-check'
import { FrameReader, frameText, HEARTBEAT, readFrame, type Frame } from '../../lib/wire/frame.ts'

const snapshot = (value: unknown, version = 1): Frame => ({
  event: 'snapshot',
  data: { session: 'tag', subject: null, version, now: 1_000, expiresAt: 2_000, value },
})
const gone: Frame = { event: 'gone', data: { session: 'tag', reason: 'ended' } }

test('a snapshot is one event with its version as the id, in the format of server-sent events', (t) => {
  t.is(
    frameText(snapshot({ user: 'ada\n' }, 7)),
    'event: snapshot\nid: 7\ndata: {"expiresAt":2000,"now":1000,"session":"tag","subject":null,"value":{"user":"ada\\n"},"version":7}\n\n',
  )
  t.is(frameText(gone), 'event: gone\ndata: {"reason":"ended","session":"tag"}\n\n')
})

const frames = [snapshot({ text: 'a\u2028b\r\n: c\n\nevent: gone' }), snapshot({ empty: '' }, 2), gone]

for (const [what, ends] of [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
] as const) {
  test(`frames are read wherever the chunks end, with ${what} for line ends`, (t) => {
    const stream = `${HEARTBEAT}${frames.map(frameText).join(HEARTBEAT)}${HEARTBEAT}`.replaceAll('\n', ends)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: stream.length }), { maxLength: 20 }), (cuts) => {
        const reader = new FrameReader()
        const read: Frame[] = []
        let from = 0
        for (const to of [...cuts.sort((a, b) => a - b), stream.length]) {
          read.push(...reader.push(stream.slice(from, to)))
          from = to
        }
        // A CR at the very end may be half of a CRLF, and is read with whatever comes next.
        read.push(...reader.push(':'))
        t.deepEqual(read, frames)
      }),
    )
  })
}

test('whatever the chunks, nothing throws', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('\n', '\r', ':', ' ', 'data', 'event', '{', '"', '}', '1') })),
      (chunks) => {
        const reader = new FrameReader()
        for (const chunk of chunks) reader.push(chunk)
      },
    ),
  )
  t.pass()
})

for (const [what, block] of [
  ['no data', 'event: gone\n\n'],
  ['data that is no JSON', 'event: gone\ndata: {\n\n'],
  ['data of something else', 'event: gone\ndata: null\n\n'],
  ['an event that is not known', 'event: other\ndata: {"reason":"ended","session":null}\n\n'],
  ['a reason that is not known', 'event: gone\ndata: {"reason":"bored","session":null}\n\n'],
  ['a version that is no number', frameText(snapshot({})).replace('"version":1', '"version":"1"')],
  ['no time', frameText(snapshot({})).replace('"now":1000,', '')],
  ['no value', frameText(snapshot({})).replace('"value":{},', '')],
  ['no event', 'data: {"reason":"ended","session":null}\n\n'],
] as const) {
  test(`a frame with ${what} is dropped, and the next one counts`, (t) => {
    t.deepEqual(new FrameReader().push(block + frameText(gone)), [gone])
  })
}

test('data over several lines is one text', (t) => {
  t.deepEqual(new FrameReader().push('event: gone\ndata: {"reason":"ended",\ndata: "session":"tag"}\n\n'), [gone])
})

test('a frame that is too long fills no memory, and is dropped whole', (t) => {
  const reader = new FrameReader()
  const long: Frame = { event: 'gone', data: { session: 'x'.repeat(2 ** 21), reason: 'ended' } }
  const text = frameText(long)
  for (let from = 0; from < text.length; from += 65_536) t.deepEqual(reader.push(text.slice(from, from + 65_536)), [])
  t.deepEqual(reader.push(frameText(gone)), [gone])

  // What stands at its end is a part of it.
  t.deepEqual(reader.push(`data: ${'x'.repeat(2 ** 21)}`), [])
  t.deepEqual(reader.push(`\n${frameText(gone)}`), [])
  t.deepEqual(reader.push(frameText(gone)), [gone])
})

test('a frame is read from its event and its text alone', (t) => {
  t.deepEqual(readFrame('gone', '{"reason":"expired","session":null}'), {
    event: 'gone',
    data: { session: null, reason: 'expired' },
  })
  t.is(readFrame('snapshot', ''), undefined)
})
