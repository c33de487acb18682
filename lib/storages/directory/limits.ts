/**
 * How long things are kept and believed, in milliseconds of the file system's clock, which all processes share.
 * Fixed in the library; specs make them shorter.
 */
export interface Limits {
  /** How long a version stays after it was superseded. While it is there, no late writer can take its number. */
  readonly retention: number
  /** How late a write may come after it looked, and still be believed without looking again. Below `retention`. */
  readonly trust: number
  /** How long a folder without a session in it counts as one that somebody is working on. */
  readonly unfinished: number
  /** How old a temporary file, a destroyed folder or a dead index entry is when `sweep` removes it. */
  readonly litter: number
}

export const LIMITS: Limits = { retention: 10_000, trust: 5_000, unfinished: 60_000, litter: 600_000 }
