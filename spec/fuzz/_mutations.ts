import fc from 'fast-check'

/** Characters that mean something to a reader of cookies, headers, tokens, numbers or JSON, and some that mean nothing to any. */
const TELLING = '.*-_~+=;,%&/\\"\'[]{}():0129aAzZsePFtnu \t\u0000\u007f\u0080\u00ff'

const character = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TELLING) },
  { weight: 1, arbitrary: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)) },
)

/** One change of a text; `others` are texts that it may be spliced with. */
type Edit = (text: string, others: readonly string[]) => string

const edit: fc.Arbitrary<Edit> = fc
  .record({
    kind: fc.integer({ min: 0, max: 8 }),
    at: fc.nat(0xffff),
    length: fc.nat(24),
    other: fc.nat(0xffff),
    letter: character,
  })
  .map(({ kind, at, length, other, letter }): Edit => (text, others) => {
    const place = text.length === 0 ? 0 : at % (text.length + 1)
    const head = text.slice(0, place)
    const tail = text.slice(place)
    const foreign = others[other % others.length] ?? ''
    switch (kind) {
      case 0:
        return head + letter + tail.slice(1)
      case 1:
        return head + letter + tail
      case 2:
        return head + tail.slice(length)
      case 3:
        return head
      case 4:
        return tail
      case 5:
        return head + tail.slice(0, length) + tail
      case 6:
        return head + foreign.slice(place)
      case 7:
        return head + foreign.slice(place, place + length) + tail.slice(length)
      default:
        return head + flipCase(tail.slice(0, 1)) + tail.slice(1)
    }
  })

function flipCase(text: string): string {
  const upper = text.toUpperCase()
  return upper === text ? text.toLowerCase() : upper
}

/** Some text out of a list (genuine ones, most likely), as it is or changed in up to three places. */
export function mutationOf(genuine: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(genuine.length - 1), fc.array(edit, { maxLength: 3, size: 'max' }))
    .map(([which, edits]) => edits.reduce((text, change) => change(text, genuine), genuine[which] as string))
}
