import type { ExecutionContext } from 'ava'
import { ReactiveSession, type ReactiveSessionOptions } from '../../lib/client/reactive/reactive-session.ts'
import type { Environment } from '../../lib/client/environment.ts'

let count = 0

/** A store of its own name, destroyed at the end. */
export function store<T extends object>(
  t: ExecutionContext,
  options?: ReactiveSessionOptions<T>,
  environment?: Environment,
  name = `store ${++count}`,
): ReactiveSession<T> {
  const session = new ReactiveSession<T>(name, options, environment)
  t.teardown(() => session.destroy())
  return session
}

/** What a function is called with. */
export function calls<A>(): [seen: A[], f: (argument: A) => void] {
  const seen: A[] = []
  return [seen, (argument) => void seen.push(argument)]
}

/** What is told to `reportError` until the end of the test: that of the whole process, so such tests are serial. */
export function reported(t: ExecutionContext): unknown[] {
  const errors: unknown[] = []
  const scope = globalThis as { reportError?: unknown }
  const before = scope.reportError
  scope.reportError = (error: unknown) => errors.push(error)
  t.teardown(() => {
    scope.reportError = before
  })
  return errors
}
