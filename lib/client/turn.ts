interface Port {
  onmessage: (() => void) | null
  postMessage(message: unknown): void
  close(): void
}

type MessageChannels = new () => { readonly port1: Port; readonly port2: Port }

/**
 * Calls `f` in a task of its own: before it, the page gets a turn, with its timers, input and rendering. A message, since
 * browsers delay the timers of a page that is hidden.
 */
export function nextTurn(f: () => void): void {
  const { port1, port2 } = new (MessageChannel as unknown as MessageChannels)()
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- this one also starts the port
  port1.onmessage = () => {
    port1.close()
    f()
  }
  port2.postMessage(undefined)
}

/** How much may be done before the page gets a turn, counted in runs of autoruns. */
const PATIENCE = 100_000

/** Counts what was done since the page had its last turn. */
export class Effort {
  #spent = 0
  #isAsking = false

  get isTooMuch(): boolean {
    return this.#spent >= PATIENCE
  }

  spend(amount: number): void {
    this.#spent += amount
    // Only now, so that a page pays for a task of its own once in a long while.
    if (this.#isAsking || this.#spent < PATIENCE / 2) return
    this.#isAsking = true
    nextTurn(() => {
      this.#isAsking = false
      this.#spent = 0
    })
  }
}
