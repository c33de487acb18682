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
  const short = { id: idOf(0), name: NAME, roles: ['admin'], createdAt: 1_790_000_000_000, count: 1, note: '' }
  return { ...short, note: 'lorem ipsum '.repeat(size / 12 + 1).slice(0, size - JSON.stringify(short).length) }
}

/** The same for so manyth a client: what is only signed is the same token for the same value, and each client is to have its own. */
export function valueFor(client: number, value: Value): Value {
  return { ...value, id: idOf(client) }
}

function idOf(client: number): string {
  return `u-${String(client).padStart(4, '0')}`
}

export function counted(value: Value): Value {
  return { ...value, count: value.count + 1 }
}
