/**
 * Time limits in milliseconds of the file system's clock, which all processes share. Fixed in the library; specs use shorter ones.
 */
export interface Limits {
  /** How long a version is kept after it was superseded. While it is there, no late writer can take its number. */
  readonly retention: number
  /** How long after reading the folder a writer may publish without reading it again. Below `retention`. */
  readonly trust: number
  /** How long a folder without a session counts as one that a process is working on. */
  readonly unfinished: number
  /** The age at which `sweep` removes a temporary file, a destroyed folder or an unneeded index entry. */
  readonly litter: number
}

export const LIMITS: Limits = { retention: 10_000, trust: 5_000, unfinished: 60_000, litter: 600_000 }
