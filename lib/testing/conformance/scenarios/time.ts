import { setTimeout as sleep } from 'node:timers/promises'
import type { Awaitable } from '../../../base/awaitable.ts'
import { systemClock } from '../../../base/clock.ts'
import { type ManualClock, manualClock } from '../../manual-clock.ts'

export const HOUR = 3_600_000
export const DAY = 86_400_000

/** How far the clock of an engine may be from the clock of the machine that runs the suite. */
const TOLERANCE = 50

/** How the time passes while a scenario is played. */
export interface Time {
  /**
   * The time as the scenario sees it. It stands still between the calls below, so that records can be compared. Only a scenario
   * that needs the capability `clock` may move it.
   */
  readonly clock: ManualClock
  /** A deadline that the scenario will see pass: in an hour, or in a moment where the scenario has to wait for it. */
  soon(): number
  /** Acts when the deadline is near, and gives the answer, which came before the deadline. */
  before<T>(deadline: number, act: () => Awaitable<T>): Promise<T>
  /**
   * Lets the deadline pass: to its very instant where the clock can be moved, and a little further where not.
   * Whatever was done until now was done before the deadline.
   */
  after(deadline: number): Promise<void>
}

/** Time that passes only where a scenario moves it: for a storage that goes by the clock that it is given. */
export function movedTime(): Time {
  // It begins at the machine's time, since an engine may have deadlines of its own besides ours.
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

/** Says that a step which belongs before a deadline came after it: nothing is known of the storage then. */
export class TooSlow extends Error {
  constructor(unit: number) {
    super(`this machine or the storage is too slow: what takes place before a deadline took more than ${unit} ms`)
  }
}

/** The machine's time: for a storage that goes by a clock of its own. `soon` is in `unit` milliseconds. */
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

/** A timer may come a little early, and the machine's clock may be set back: looks again, though not for ever. */
async function sleepUntil(instant: number): Promise<void> {
  for (let round = 0; systemClock() < instant; round++) {
    if (round === 10) throw new Error('the clock of this machine stands still or was set back')
    await sleep(instant - systemClock())
  }
}
