/** A place where somebody waits until the test lets them go on. */
export interface Gate {
  /** Resolves when somebody has come to the gate. */
  readonly reached: Promise<void>
  open(): void
  /** Waits at the gate. */
  pass(): Promise<void>
}

export function gate(): Gate {
  const [reached, arrive] = signal()
  const [opened, open] = signal()
  return {
    reached,
    open,
    pass() {
      arrive()
      return opened
    },
  }
}

function signal(): [Promise<void>, () => void] {
  let give: () => void = () => {}
  const promise = new Promise<void>((resolve) => {
    give = resolve
  })
  return [promise, give]
}
