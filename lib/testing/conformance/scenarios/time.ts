import { setTimeout as sleep } from 'node:timers/promises'
import type { Awaitable } from '../../../base/awaitable.ts'
import { systemClock } from '../../../base/clock.ts'
import { type ManualClock, manualClock } from '../../manual-clock.ts'

export const HOUR = 3_600_000
export const DAY = 86_400_000

/** The maximum difference between the clocks of the engine and of the machine that runs the suite, in ms. */
const TOLERANCE = 50

/** The time in a scenario. */
export interface Time {
  /**
   * The scenario's clock. It stands still between the calls below, so that records can be compared. Only a scenario that needs the
   * capability `clock` may move it.
   */
  readonly clock: ManualClock
  /** A deadline that the scenario can wait for: in an hour, or very soon in real time. */
  soon(): number
  /** Calls `act` shortly before the deadline, and returns its result, which came before the deadline. */
  before<T>(deadline: number, act: () => Awaitable<T>): Promise<T>
  /**
   * Lets the deadline pass: exactly to it with a moved clock, and a little further in real time. Throws {@link TooSlow} if the deadline was
   * missed already.
   */
  after(deadline: number): Promise<void>
}

/** Time that only the scenario moves, for a storage that uses the given clock. */
export function movedTime(): Time {
  // It starts at the system's time, since an engine may have other deadlines, too.
  const clock = manualClock(systemClock())
  return {
    clock,
    soon: () => clock() + HOUR,
    async before(deadline, act) {
      clock.advance(deadline - 1 - clock())
      return await act()
    },
    async after(deadline) {
      clock.advance(deadline - clock())
    },
  }
}

/** A step came after its deadline: the result says nothing about the storage. */
export class TooSlow extends Error {
  constructor(unit: number) {
    super(`this machine or the storage is too slow: a step before a deadline took more than ${unit} ms`)
  }
}

/** Real time, for a storage with its own clock. `soon` is in `unit` milliseconds. */
export function realTime(unit: number): Time {
  const clock = manualClock(systemClock())
  const checkBefore = (deadline: number): void => {
    if (systemClock() > deadline - TOLERANCE) throw new TooSlow(unit)
  }
  return {
    clock,
    soon: () => clock() + unit,
    async before(deadline, act) {
      await sleepUntil(deadline - unit / 2)
      const answer = await act()
      checkBefore(deadline)
      return answer
    },
    async after(deadline) {
      checkBefore(deadline)
      await sleepUntil(deadline + TOLERANCE)
      clock.advance(systemClock() - clock())
    },
  }
}

/** Sleeps again if a timer fires early or the system's clock is set back, but not forever. */
async function sleepUntil(instant: number): Promise<void> {
  for (let round = 0; systemClock() < instant; round++) {
    if (round === 10) throw new Error('the clock of this machine stands still or was set back')
    await sleep(instant - systemClock())
  }
}
