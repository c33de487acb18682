import { LARGEST_BIGINT, LONGEST_URL, MOST_DIGITS } from '../limits.ts'

/** The kinds of values without parts that JSON does not have. */
export type LeafKind = 'undefined' | 'bigint' | 'Date' | 'number' | 'URL'

/** A value without parts in superjson's format: its kind, and its JSON. */
export interface Leaf {
  readonly kind: LeafKind
  readonly json: string | null
}

/** `undefined` for a value that JSON has, or that has parts. */
export function writeLeaf(value: unknown): Leaf | undefined {
  switch (typeof value) {
    case 'undefined':
      return { kind: 'undefined', json: null }
    case 'bigint':
      return { kind: 'bigint', json: String(value) }
    case 'number':
      if (Object.is(value, -0)) return { kind: 'number', json: '-0' }
      return Number.isFinite(value) ? undefined : { kind: 'number', json: String(value) }
    case 'object':
      if (value instanceof Date) return { kind: 'Date', json: value.toISOString() }
      return value instanceof URL ? { kind: 'URL', json: value.href } : undefined
    default:
      return undefined
  }
}

const DIGITS = /^(?:0|-?[1-9]\d*)$/
const NUMBERS: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity', '-0'])
/** `URL` writes only ASCII. Any other text would be expensive to parse, only to be refused. */
const ASCII = /^[!-~]+$/

/** @throws SyntaxError for any JSON that {@link writeLeaf} does not write. */
export function readLeaf(kind: LeafKind, json: unknown): unknown {
  if (kind === 'undefined') return json === null ? undefined : fail(kind)
  if (typeof json !== 'string') return fail(kind)
  switch (kind) {
    case 'bigint':
      return json.length <= MOST_DIGITS + 1 && DIGITS.test(json) ? bounded(BigInt(json)) : fail(kind)
    case 'number':
      return NUMBERS.has(json) ? Number(json) : fail(kind)
    case 'Date': {
      const date = new Date(json)
      return !Number.isNaN(date.getTime()) && date.toISOString() === json ? date : fail(kind)
    }
    case 'URL': {
      const url = json.length <= LONGEST_URL && ASCII.test(json) ? new URL(json) : fail(kind)
      return url.href === json ? url : fail(kind)
    }
  }
}

function bounded(value: bigint): bigint {
  return value <= LARGEST_BIGINT && value >= -LARGEST_BIGINT ? value : fail('bigint')
}

function fail(kind: LeafKind): never {
  throw new SyntaxError(`no ${kind} is written so`)
}
