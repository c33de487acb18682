interface Scope {
  readonly reportError?: (error: unknown) => void
  readonly addEventListener?: unknown
}

/**
 * Tells of an error that no caller can catch, as browsers do of one in a listener. Never throws: where it is called, others
 * are to be called too.
 */
export function report(error: unknown): void {
  const scope = globalThis as Scope
  if (scope.reportError) {
    try {
      return scope.reportError(error)
    } catch {}
  }
  // In an older browser it becomes an `error` event.
  if (scope.addEventListener) {
    queueMicrotask(() => {
      throw error
    })
  } else {
    // Elsewhere, as on Node, a thrown one would end the process: that of all visitors, where pages are rendered.
    // oxlint-disable-next-line no-console -- what `reportError` does by default
    console.error(error)
  }
}

/** Calls one of many, whose error must not keep the others from being called. */
export function callSafely(f: () => void, onError: (error: unknown) => void = report): void {
  try {
    f()
  } catch (error) {
    if (onError === report) report(error)
    else callSafely(() => onError(error))
  }
}
