import { nextTask } from './next-task.ts'

/** How much may be done before the page gets a turn, counted in runs of autoruns. */
const PATIENCE = 100_000

/** Counts what was done since the page had its last turn. */
export class WorkBudget {
  #spent = 0
  #isAsking = false

  get isSpent(): boolean {
    return this.#spent >= PATIENCE
  }

  spend(amount: number): void {
    this.#spent += amount
    // Only now, so that a page pays for a task of its own once in a long while.
    if (this.#isAsking || this.#spent < PATIENCE / 2) return
    this.#isAsking = true
    nextTask(() => {
      this.#isAsking = false
      this.#spent = 0
    })
  }
}
