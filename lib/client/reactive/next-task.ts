interface Port {
  onmessage: (() => void) | null
  postMessage(message: unknown): void
  close(): void
}

type MessageChannels = new () => { readonly port1: Port; readonly port2: Port }

/**
 * Calls `f` in a new task, so that timers, input and rendering come first. Uses a message, since browsers throttle the
 * timers of a hidden page.
 */
export function nextTask(f: () => void): void {
  const { port1, port2 } = new (MessageChannel as unknown as MessageChannels)()
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- setting `onmessage` also starts the port
  port1.onmessage = () => {
    port1.close()
    f()
  }
  port2.postMessage(undefined)
}
