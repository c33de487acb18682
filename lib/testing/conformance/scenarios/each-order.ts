import type { Awaitable } from '../../../base/awaitable.ts'

/** Plays one race many times: in both orders, and with the second starting later and later. */
export async function eachOrder(
  play: (key: string, inOrder: (...acts: (() => Awaitable<unknown>)[]) => Promise<void>) => Promise<void>,
): Promise<void> {
  for (let lead = 0; lead < 8; lead++) {
    for (const reversed of [false, true]) {
      await play(`key ${lead} ${reversed}`, async (...acts) => {
        if (reversed) acts.reverse()
        const started: Promise<unknown>[] = []
        for (const act of acts) {
          started.push((async () => await act())())
          for (let turn = 0; turn < lead; turn++) await (turn < 4 ? Promise.resolve() : nextTurn())
        }
        await Promise.all(started)
      })
    }
  }
}

/** Lets everything go on that only waits for the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
