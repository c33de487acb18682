/** Tells of an error that nobody can catch, as browsers do of one in a listener. */
export function report(error: unknown): void {
  const scope = globalThis as { reportError?: (error: unknown) => void }
  if (scope.reportError) return scope.reportError(error)
  queueMicrotask(() => {
    throw error
  })
}

/** Calls one of many, whose error must not keep the others from being called. */
export function attempt(f: () => void, onError: (error: unknown) => void = report): void {
  try {
    f()
  } catch (error) {
    if (onError === report) report(error)
    else attempt(() => onError(error))
  }
}
