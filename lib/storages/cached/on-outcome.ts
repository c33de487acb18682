import { type Awaitable, isPromise } from '../../base/awaitable.ts'

/** Returns what `call` returns, after `done` or `failed` has been called with its outcome: synchronously if `call` is. */
export function onOutcome<T>(call: () => Awaitable<T>, done: (outcome: T) => void, failed: () => void): Awaitable<T> {
  let answer: Awaitable<T>
  try {
    answer = call()
  } catch (error) {
    failed()
    throw error
  }
  if (isPromise(answer)) return onSettled(answer, done, failed)
  done(answer)
  return answer
}

/** A promise of the same outcome that settles after `done` or `failed` has been called. */
export function onSettled<T>(answer: Promise<T>, done: (outcome: T) => void, failed: () => void): Promise<T> {
  return answer.then(
    (outcome) => {
      done(outcome)
      return outcome
    },
    (error: unknown) => {
      failed()
      throw error
    },
  )
}
