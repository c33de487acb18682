import { type Awaitable, isPromise } from '../../base/awaitable.ts'

/** Tells what an act came to, before its caller learns of it: at once where it is synchronous. */
export function attempted<T>(act: () => Awaitable<T>, done: (outcome: T) => void, failed: () => void): Awaitable<T> {
  let answer: Awaitable<T>
  try {
    answer = act()
  } catch (error) {
    failed()
    throw error
  }
  if (isPromise(answer)) return settled(answer, done, failed)
  done(answer)
  return answer
}

/** Tells what a promise came to, before those who wait for the result. */
export function settled<T>(answer: Promise<T>, done: (outcome: T) => void, failed: () => void): Promise<T> {
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
