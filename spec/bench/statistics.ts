/** A number that was measured several times. */
export interface Spread {
  readonly median: number
  /** The quartiles. */
  readonly low: number
  readonly high: number
}

export function spread(samples: readonly number[]): Spread {
  const sorted = samples.filter((sample) => !Number.isNaN(sample)).sort((a, b) => a - b)
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) }
}

/** The distance of the quartiles as a share of the median. */
export function unrest({ median, low, high }: Spread): number {
  return (high - low) / median
}

function quantile(sorted: readonly number[], at: number): number {
  if (sorted.length === 0) return Number.NaN
  const place = (sorted.length - 1) * at
  const below = sorted[Math.floor(place)] as number
  const above = sorted[Math.ceil(place)] as number
  return below + (above - below) * (place - Math.floor(place))
}
