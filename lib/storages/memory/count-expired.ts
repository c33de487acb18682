import { setImmediate as turn } from 'node:timers/promises'
import type { Row } from './row.ts'

/** How many rows are looked at before others have their turn: some two milliseconds. */
const LOOKS_PER_TURN = 25_000

/** How many rows have expired. */
export async function countExpired(rows: Iterable<Row>, now: number): Promise<number> {
  let looked = 0
  let expired = 0
  for (const { expiresAt } of rows) {
    if (expiresAt <= now) expired++
    if (++looked % LOOKS_PER_TURN === 0) await turn()
  }
  return expired
}
