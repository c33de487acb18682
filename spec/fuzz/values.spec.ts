import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { jsonSerializer, SessionValueError, superjsonSerializer } from 'koa-typed-sessions'
import { fuzz } from './_fuzz.ts'
import { richTexts } from './_rich-texts.ts'

const leaf = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>(
      NaN,
      -0,
      0,
      Infinity,
      -Infinity,
      undefined,
      null,
      true,
      '',
      '~',
      '+',
      1n,
      -1n,
      '__proto__',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.bigInt() },
  { weight: 1, arbitrary: fc.date() },
  { weight: 1, arbitrary: fc.constantFrom('https://example.com/', 'data:,a').map((text) => new URL(text)) },
)
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', '0', 'a.b', 'a\\', '\\.', '', 'length') },
  { weight: 1, arbitrary: fc.constantFrom('constructor', 'prototype', '__proto__', 'toString') },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
)

/** What may be put into a session, and some that may not; nothing of it is in two places yet. */
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie('tree')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(tie('tree'), tie('tree')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('tree'), { maxLength: 4 }).map((items) => new Set(items)),
  ),
}))

/** The same, with some objects of it in several places, itself among them. */
const graph = fc.tuple(tree, fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 3 })).map(([root, links]) => {
  // A copy: what is generated once may be shown again, and must be a tree then, too.
  const value = { root: copied(root) }
  const objects = [value as object, ...objectsIn(value.root)]
  for (const [from, to] of links) {
    const holder = objects[from % objects.length]!
    const held = objects[to % objects.length]!
    if (Array.isArray(holder)) holder.push(held)
    else if (holder instanceof Set) holder.add(held)
    else if (holder instanceof Map) holder.set(held, held)
    else (holder as Record<string, unknown>)[`link ${to}`] = held
  }
  return value
})

function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof URL) return []
  const inside = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value)
  return [value, ...inside.flatMap(objectsIn)]
}

for (const [what, serializer, kept] of [
  ['superjson', superjsonSerializer, (value: unknown) => value],
  ['JSON', jsonSerializer, asInJson],
] as const) {
  fuzz(`a value that ${what} writes comes back as it was; any other is refused with its path`, graph, (value) => {
    let text: string
    try {
      text = serializer.stringify(value)
    } catch (error) {
      if (error instanceof SessionValueError && typeof error.path === 'string') return
      throw error
    }
    const back = serializer.parse(text)
    if (!isDeepStrictEqual(kept(back), kept(value))) throw new Error(`it came back as ${fc.stringify(back)}`)
    serializer.stringify(back)
  })
}

fuzz(
  'any text in the format of superjson is read in time, or refused, and what is read can be written in time',
  richTexts,
  (text) => {
    let value: unknown
    try {
      value = superjsonSerializer.parse(text)
    } catch {
      return
    }
    superjsonSerializer.stringify(value)
  },
)

function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [copied(key), copied(item)]))
  if (value instanceof Set) return new Set([...value].map(copied))
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof URL) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item)]))
}

/** JSON may say 0 for -0, and leaves out what is undefined. */
function asInJson(value: unknown): unknown {
  if (Object.is(value, -0)) return 0
  if (Array.isArray(value)) return value.map(asInJson)
  if (typeof value !== 'object' || value === null) return value
  const said = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(said.map(([key, item]) => [key, asInJson(item)]))
}
