import fc from 'fast-check'

/*
 * Texts as the serializers write them, and as somebody would write them who wants to hurt: annotations of what is not there, at
 * indexes without bounds, that make a few objects a graph with ever so many paths, or that lead to a prototype.
 */

const KINDS = [
  'undefined',
  'bigint',
  'Date',
  'number',
  'set',
  'map',
  'URL',
  'regexp',
  'Error',
  'symbol',
  'never',
] as const

const name = fc.constantFrom(
  'a',
  'b',
  '0',
  '1',
  '',
  '__proto__',
  'constructor',
  'prototype',
  'length',
  'toString',
  'a\\.b',
)
/** Up to a hundred million, the price of which shows without ending the run. */
const index = fc
  .oneof(fc.nat(3), fc.constantFrom(1_000, 1_000_000, 40_000_000, 100_000_000), fc.constantFrom(-1, 1.5, NaN))
  .map(String)
const path = fc.array(fc.oneof(name, index), { minLength: 1, maxLength: 3 }).map((steps) => steps.join('.'))

const leafKind: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...KINDS) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ['class', 'Object'],
      ['custom', 'x'],
      ['typed-array', 'Uint8Array'],
      ['symbol', 'a'],
      [],
      null,
      7,
    ),
  },
)

/** `[kind]`, `[kind, { path: annotation }]`, `{ path: annotation }`, and what looks like none of these. */
const { annotation } = fc.letrec<{ annotation: unknown; paths: unknown }>((tie) => ({
  annotation: fc.oneof(
    { depthSize: 'small' },
    leafKind.map((kind) => [kind]),
    leafKind,
    fc.tuple(leafKind, tie('paths')),
    tie('paths'),
  ),
  paths: fc.array(fc.tuple(path, tie('annotation')), { maxLength: 3 }).map(dictionary),
}))

const leaf = fc.oneof(
  fc.constantFrom<unknown>(0, -0, 1, 1e308, null, true, '', 'a', '1', '-1', 'NaN', '-Infinity', '1e999', '/(a+)+b/'),
  fc.constantFrom(
    '2020-01-01T00:00:00.000Z',
    '+275760-09-13T00:00:00.000Z',
    'never',
    'https://example.com/',
    'http://[',
    'data:,x',
  ),
  fc.constantFrom('9'.repeat(300), `0x${'f'.repeat(300)}`, '1'.repeat(20), ' 12 '),
)

/** JSON as superjson has it below `json`: what annotations speak of. */
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.array(fc.tuple(tie('json'), tie('json')), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie('json')), { maxLength: 4 }).map(dictionary),
  ),
}))

/** Which places are one object: `{ path: [path, …] }`, or for the whole `[[path, …]]`, `[[path], { … }]`. */
const places = fc.array(path, { maxLength: 3 })
const equalities = fc.oneof(
  fc.array(fc.tuple(path, places), { maxLength: 3 }).map(dictionary),
  fc.tuple(places),
  fc.tuple(places, fc.array(fc.tuple(path, places), { maxLength: 2 }).map(dictionary)),
  fc.constantFrom<unknown>('a', 7, null, [[]], { a: 'b' }, { a: [7] }),
)

const meta = fc.record(
  {
    values: fc.oneof(
      { weight: 6, arbitrary: annotation },
      { weight: 1, arbitrary: fc.constantFrom<unknown>('Date', 'set', 7, null, []) },
    ),
    referentialEqualities: equalities,
    v: fc.constantFrom<unknown>(1, 0, '1', null),
  },
  { requiredKeys: [] },
)

/** Two names at each level for the one object of the next: so many levels have 2 to the power of so many paths. */
function chain(levels: number, close: boolean): unknown {
  let value: unknown = close ? { z: 1 } : {}
  const same: [string, string[]][] = []
  for (let level = levels; level > 0; level--) {
    value = { a: value, b: null }
    const steps = Array.from({ length: level - 1 }, () => 'a')
    same.push([[...steps, 'a'].join('.'), [[...steps, 'b'].join('.')]])
  }
  return { json: value, meta: { referentialEqualities: dictionary(same), v: 1 } }
}

function nested(levels: number, open: string, close: string, inner: string): string {
  return open.repeat(levels) + inner + close.repeat(levels)
}

/** Whole documents that were made to hurt. */
const document: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(index, fc.constantFrom('set', 'map', 'undefined', 'Date'), fc.constantFrom(...KINDS))
    .map(([at, outer, inner]) =>
      JSON.stringify({ json: { a: [1] }, meta: { values: { a: [outer, { [at]: [inner] }] } } }),
    ),
  fc
    .tuple(fc.integer({ min: 1, max: 25 }), fc.boolean())
    .map(([levels, close]) => JSON.stringify(chain(levels, close))),
  fc
    .tuple(
      fc.integer({ min: 1, max: 2000 }),
      fc.constantFrom(['[', ']'] as const, ['{"a":', '}'] as const),
      fc.constantFrom('1', '', 'null'),
    )
    .map(
      ([levels, [open, close], inner]) =>
        `{"json":${nested(levels, open, close, inner)},"meta":{"values":{"a":["Date"]}}}`,
    ),
  fc.constantFrom('Date', 'set', 'undefined').map((values) => JSON.stringify({ json: { a: {} }, meta: { values } })),
  fc
    .integer({ min: 1, max: 4000 })
    .map((digits) => JSON.stringify({ json: { a: '9'.repeat(digits) }, meta: { values: { a: ['bigint'] } } })),
  fc.tuple(fc.integer({ min: 1, max: 400 }), fc.constantFrom('set', 'map', 'Date')).map(([count, kind]) =>
    JSON.stringify({
      json: { a: Array.from({ length: count }, () => []) },
      meta: { values: { a: Array.from({ length: count }, (_, at) => [kind, { [at]: [kind] }])[0] } },
    }),
  ),
)

/** Texts in superjson's format, well-made and not. */
export const richTexts: fc.Arbitrary<string> = fc
  .oneof(
    {
      weight: 12,
      arbitrary: fc.record({ json, meta }, { requiredKeys: ['json'] }).map((written) => JSON.stringify(written)),
    },
    { weight: 1, arbitrary: document },
  )
  .map((text) => `~${text}`)

/** Texts of values that are plain JSON, nested too deeply or not at all; with names that are properties of everything. */
export const plainTexts: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: json.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 1200 }).map((levels) => `{"a":${nested(levels, '[', ']', '')}}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '{"a":1e999}',
      '{"a":-0}',
      '{"__proto__":{"a":1}}',
      '{"constructor":{"prototype":{"a":1}}}',
      '{}',
      '[]',
    ),
  },
)

/** Bodies with parts: a value, flash, an idle timeout. */
export const bodies: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof<fc.Arbitrary<unknown>[]>(plainTexts, richTexts, fc.constantFrom(null, 7, '')),
    fc.oneof<fc.Arbitrary<unknown>[]>(
      fc.array(
        fc.tuple(
          fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom<unknown>('AAAAAAAAAAAAAAAA', 7, null)),
          fc.oneof<fc.Arbitrary<unknown>[]>(plainTexts, richTexts, fc.constant(7)),
        ),
        {
          maxLength: 3,
        },
      ),
      fc.constantFrom(null, 7, 'flash', [null]),
    ),
    fc.constantFrom<unknown>(null, 1, 1e12, 1e308, -1, 0, '1', 0.5),
  )
  .map((parts) => `+${JSON.stringify(parts)}`)

/** Built with `Object.fromEntries`, which makes `__proto__` a property like any other. */
function dictionary(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries)
}
