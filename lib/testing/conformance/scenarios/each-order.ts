import type { Awaitable } from '../../../base/awaitable.ts'

/** Plays a race many times: in both orders, and with longer and longer delays between the starts. */
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

/** Waits for one turn of the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
