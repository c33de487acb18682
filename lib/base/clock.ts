/** Tells the time in epoch milliseconds. Passed in, so that a test can advance it. */
export type Clock = () => number

/** The machine's clock. */
export const systemClock: Clock = () => Date.now()

/** The last instant that a `Date` can name, in epoch milliseconds: what an expiry says that never comes. */
export const NEVER = 8.64e15
