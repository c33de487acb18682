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
export function nextTask(f: () => void): void {
  const { port1, port2 } = new (MessageChannel as unknown as MessageChannels)()
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- this one also starts the port
  port1.onmessage = () => {
    port1.close()
    f()
  }
  port2.postMessage(undefined)
}
