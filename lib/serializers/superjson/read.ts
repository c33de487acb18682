import { DEEPEST } from '../limits.ts'
import { fail, members, readAnnotations, type Note } from './annotations.ts'
import { readLeaf } from './leaf.ts'

/**
 * Reads superjson's format, exactly as it is written, in linear time and memory. It turns the given JSON into the value in place: no
 * other code may use that JSON.
 *
 * Each place is visited once, in the order of writing. Paths lead through the JSON, not through the resulting values: superjson itself looks
 * up the entries of Maps and Sets by number while they change, and loses some.
 *
 * @param keepsSame Whether one object may occur in several places, and in itself. Otherwise, the value is a tree, and no walk of it is longer
 *   than its text.
 * @throws SyntaxError, or TypeError for a URL, if the text is not in the format.
 */
export function readRich(written: unknown, keepsSame: boolean): unknown {
  const { json, meta, ...others } = members(written)
  if (json === undefined || Object.keys(others).length > 0) fail('parts other than json and meta')
  return revive(json, readAnnotations(json, meta, keepsSame), 0)
}

function revive(json: unknown, note: Note | undefined, depth: number): unknown {
  const same = note?.same
  if (same?.isMade) return same.value
  const value = begin(json, note)
  if (same) {
    if (value === null) fail('an equality of nothing')
    same.isMade = true
    same.value = value
  }
  if (typeof value === 'object' && value !== null) {
    if (depth === DEEPEST) fail(`what is nested deeper than ${DEEPEST} levels`)
    fill(value, json, note, depth + 1)
  }
  return value
}

/** The value of a place, still without its parts: one of them may refer to the value itself. */
function begin(json: unknown, note: Note | undefined): unknown {
  const kind = note?.kind
  switch (kind) {
    case undefined:
      return typeof json === 'number' && !Number.isFinite(json) ? fail('a number that is not finite') : json
    case 'set':
      return new Set()
    case 'map':
      return new Map()
    default:
      return readLeaf(kind, json)
  }
}

function fill(value: object, json: unknown, note: Note | undefined, depth: number): void {
  const below = note?.below
  if (value instanceof Map) fillMap(value, json, below, depth)
  else if (value instanceof Set) fillSet(value, json, below, depth)
  else if (value === json) {
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        value[index] = revive(value[index], below?.get(String(index)), depth)
      }
      return
    }
    const parts = value as Record<string, unknown>
    for (const key of Object.keys(parts)) {
      if (key === '__proto__') fail('a property that changes prototypes')
      parts[key] = revive(parts[key], below?.get(key), depth)
    }
  }
}

function fillSet(value: Set<unknown>, json: unknown, below: Note['below'], depth: number): void {
  if (!Array.isArray(json)) return fail('a Set that is no list')
  for (const [index, item] of json.entries()) value.add(revive(item, below?.get(String(index)), depth))
  if (value.size !== json.length) fail('an item twice in a Set')
}

function fillMap(value: Map<unknown, unknown>, json: unknown, below: Note['below'], depth: number): void {
  if (!Array.isArray(json)) return fail('a Map that is no list')
  for (const [index, entry] of (json as unknown[]).entries()) {
    const note = below?.get(String(index))
    if (!Array.isArray(entry) || entry.length !== 2 || note?.kind || note?.same) return fail('a Map without pairs')
    const key = revive(entry[0], note?.below?.get('0'), depth)
    value.set(key, revive(entry[1], note?.below?.get('1'), depth))
  }
  if (value.size !== json.length) fail('a key twice in a Map')
}
