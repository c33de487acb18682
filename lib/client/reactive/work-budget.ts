import { nextTask } from './next-task.ts'

/** How many runs of autoruns fit in a task before the page must get its turn. */
const BUDGET = 100_000

/** Counts the work since the page had its last turn. */
export class WorkBudget {
  #spent = 0
  #isRequested = false

  get isSpent(): boolean {
    return this.#spent >= BUDGET
  }

  spend(amount: number): void {
    this.#spent += amount
    // Only after half the budget, so that a page rarely pays for this task.
    if (this.#isRequested || this.#spent < BUDGET / 2) return
    this.#isRequested = true
    nextTask(() => {
      this.#isRequested = false
      this.#spent = 0
    })
  }
}
