interface Scope {
  readonly reportError?: (error: unknown) => void
  readonly addEventListener?: unknown
}

/**
 * Reports an error that no caller can catch, as browsers do for an error in a listener. Never throws, so that the caller can
 * go on with the next callback.
 */
export function report(error: unknown): void {
  const scope = globalThis as Scope
  if (scope.reportError) {
    try {
      return scope.reportError(error)
    } catch {}
  }
  // An older browser turns an uncaught error into an `error` event.
  if (scope.addEventListener) {
    queueMicrotask(() => {
      throw error
    })
  } else {
    // In Node.js an uncaught error would end the process, which may render pages for other visitors.
    // oxlint-disable-next-line no-console -- what `reportError` does by default
    console.error(error)
  }
}

/** Calls one of several callbacks. Its error goes to `onError`, and does not keep the others from being called. */
export function callSafely(f: () => void, onError: (error: unknown) => void = report): void {
  try {
    f()
  } catch (error) {
    if (onError === report) report(error)
    else callSafely(() => onError(error))
  }
}
