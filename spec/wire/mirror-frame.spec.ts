import test from 'ava'
import fc from 'fast-check'
import { FrameReader } from '../../lib/wire/frame-reader.ts'
import { frameText, HEARTBEAT, readFrame, type Frame } from '../../lib/wire/mirror-frame.ts'

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

test('a frame is there as soon as its last line has ended, also by a CR that may be half of a CRLF', (t) => {
  const reader = new FrameReader()
  t.deepEqual(reader.push(frameText(gone).replaceAll('\n', '\r')), [gone])
  t.deepEqual(reader.push('\n'), [])
  t.deepEqual(reader.push(frameText(gone).replaceAll('\n', '\r\n')), [gone])
})

/** The text that regular expressions are given and strings are split into: what reading costs, whatever the machine. */
function worked(read: () => void): number {
  const methods = [
    [RegExp.prototype, 'exec'],
    [String.prototype, 'replaceAll'],
    [String.prototype, 'matchAll'],
    [String.prototype, 'split'],
    [String.prototype, 'indexOf'],
  ] as const
  let characters = 0
  const undo = methods.map(([owner, name]) => {
    const method = Reflect.get(owner, name) as (...args: unknown[]) => unknown
    const counting = function (this: unknown, ...args: unknown[]): unknown {
      characters += String(owner === RegExp.prototype ? args[0] : this).length
      return Reflect.apply(method, this, args)
    }
    Object.defineProperty(owner, name, { value: counting, configurable: true, writable: true })
    return () => Object.defineProperty(owner, name, { value: method, configurable: true, writable: true })
  })
  try {
    read()
  } finally {
    for (const f of undo) f()
  }
  return characters
}

const LENGTH = 250_000
for (const [what, piece] of [
  ['a line without an end', 'x'],
  ['data without an end', `data: ${'x'.repeat(50_000)}\n`],
  ['short lines without an end of the frame', 'data: x\n'],
  ['comments', ':\n'],
  ['CRs', 'x\r'],
  ['CRLFs', 'x\r\n'],
  ['empty lines', '\n'],
  ['frames', frameText(gone)],
] as const) {
  test.serial(`reading ${what} costs as much in small chunks as in large ones`, (t) => {
    const text = piece.repeat(LENGTH / piece.length)
    const read = (size: number) => () => {
      const reader = new FrameReader()
      for (let from = 0; from < text.length; from += size) reader.push(text.slice(from, from + size))
    }
    const large = worked(read(text.length))
    const small = worked(read(50))
    t.true(small < 4 * large + 10_000, `${small} against ${large} characters looked at`)
  })
}

test('a frame above the limit is dropped wherever it is too long, and the next one counts', (t) => {
  const long = 2 ** 20
  for (const text of [
    `event: gone\ndata: ${'x'.repeat(long)}\n\n`,
    `event: ${'x'.repeat(long)}\ndata: {}\n\n`,
    `${'x'.repeat(long + 1)}\n${frameText(gone)}`,
    `${'data: \n'.repeat(long / 4)}${frameText(gone)}`,
    `event: gone\ndata: ${'x'.repeat(long)}\n:\ndata: {"reason":"ended","session":null}\n\n`,
  ]) {
    for (const ends of ['\n', '\r', '\r\n']) {
      for (const size of [997, 65_536, Infinity]) {
        const reader = new FrameReader()
        const stream = text.replaceAll('\n', ends)
        for (let from = 0; from < stream.length; from += size)
          t.deepEqual(reader.push(stream.slice(from, from + size)), [])
        t.deepEqual(reader.push(frameText(gone)), [gone])
      }
    }
  }
})

test('comments and fields that are not known do not count for the length of a frame', (t) => {
  const reader = new FrameReader()
  for (let index = 0; index < 40; index++) t.deepEqual(reader.push(`: ${'x'.repeat(65_536)}\nretry: 1\n`), [])
  t.deepEqual(reader.push(frameText(gone)), [gone])
})

test('a byte order mark at the beginning of the stream is no part of it; a second one is', (t) => {
  t.deepEqual(new FrameReader().push(`\uFEFF${frameText(gone)}`), [gone])
  const reader = new FrameReader()
  t.deepEqual(reader.push('\uFEFF'), [])
  t.deepEqual(reader.push(frameText(gone)), [gone])
  t.deepEqual(new FrameReader().push(`\uFEFF\uFEFF${frameText(gone)}`), [])
})

test('fields are read as the standard says: one space goes, a name alone is empty, the last event counts', (t) => {
  const text = '{"reason":"ended","session":"tag"}'
  for (const block of [
    `event:gone\ndata:${text}\n\n`,
    `event: other\nevent: gone\ndata: ${text}\n\n`,
    `event: gone\ndata\ndata: ${text}\ndata\n\n`,
    `event: gone\nretry: 5\nid\nunknown: x\n: comment\ndata: ${text}\n\n`,
  ]) {
    t.deepEqual(new FrameReader().push(block), [gone], block)
  }
  for (const block of [
    ` event: gone\ndata: ${text}\n\n`,
    `Event: gone\ndata: ${text}\n\n`,
    `event: gone \ndata: ${text}\n\n`,
  ]) {
    t.deepEqual(new FrameReader().push(block), [], block)
  }
})
