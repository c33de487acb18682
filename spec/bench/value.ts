import type { Size } from './case.ts'

/** What every contestant keeps in its session. */
export interface Value {
  readonly id: string
  readonly name: string
  readonly roles: readonly string[]
  readonly createdAt: number
  readonly count: number
  readonly note: string
}

export const NAME = 'ada'

/** A value that is exactly `size` bytes as JSON. */
export function valueOf(size: Size): Value {
  const short = { id: 'u-7', name: NAME, roles: ['admin'], createdAt: 1_790_000_000_000, count: 1, note: '' }
  return { ...short, note: 'lorem ipsum '.repeat(size / 12 + 1).slice(0, size - JSON.stringify(short).length) }
}

export function counted(value: Value): Value {
  return { ...value, count: value.count + 1 }
}
