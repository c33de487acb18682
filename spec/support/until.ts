import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits until a condition is met: the way in which specs wait for what they are not told of.
 *
 * @param condition Whether it is so. What it throws ends the waiting.
 * @param options `what` completes the sentence "… until", for the error. `limit`: how long is waited at most, in milliseconds; by
 *   default a minute, since it is reached by what is broken, never by what is slow. `interval`: how long is waited between two
 *   looks, in milliseconds, by default 5.
 * @throws Error where the limit is reached, also while the condition itself is being waited for.
 */
export async function until(
  condition: () => unknown,
  {
    what,
    limit = 60_000,
    interval = 5,
  }: { readonly what: string; readonly limit?: number; readonly interval?: number },
): Promise<void> {
  const waiting = new AbortController()
  const poll = async (): Promise<void> => {
    while (!waiting.signal.aborted && !(await condition())) await sleep(interval)
  }
  const giveUp = async (): Promise<never> => {
    await sleep(limit, undefined, waiting)
    throw new Error(`waited ${limit} ms in vain until ${what}`)
  }
  try {
    await Promise.race([poll(), giveUp()])
  } finally {
    waiting.abort()
  }
}
