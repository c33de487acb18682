import type { Clock } from '../../base/clock.ts'
import { sha256Hex } from '../../base/digest.ts'
import { readRecord } from '../record-text.ts'
import type { TextStorage } from '../storage-from.ts'
import { cookieFor } from './cookie.ts'
import type { ExpressStore } from './store.ts'

/** The records in a store of express-session, each as the one member of a session beside its `cookie`. */
export function textsIn(store: ExpressStore, clock: Clock): TextStorage {
  return {
    evicts: isBounded(store),
    async read(id) {
      const session = await ask((done) => store.get(sidOf(id), done)).catch(nothingWhereMissing)
      const { record } = Object(session) as { readonly record?: unknown }
      return typeof record === 'string' ? record : null
    },
    async write(id, text) {
      const lifetime = (readRecord(text)?.expiresAt ?? 0) - clock()
      await ask((done) => store.set(sidOf(id), { cookie: cookieFor(lifetime), record: text }, done))
    },
    async invalidate(id) {
      await ask((done) => store.destroy(sidOf(id), done)).catch(nothingWhereMissing)
    },
  }
}

/** Whether it is one of those that keep no more than so many sessions, as memorystore does where it has a `max`. */
function isBounded(store: ExpressStore): boolean {
  const { max } = Object((store as { readonly options?: unknown }).options) as { readonly max?: unknown }
  return typeof max === 'number' && max < Infinity
}

/** Some stores make a file name of it, or compare without regard to case. */
function sidOf(id: string): string {
  return sha256Hex(id)
}

/** Calls a store. Its callback alone is the answer; but of a promise that it returns nobody else would hear the failure. */
function ask(call: (done: (error?: unknown, answer?: unknown) => void) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const returned = call((error, answer) => (error ? reject(error) : resolve(answer)))
    // Not whatever has `then`: that of a query builder would run the query once more.
    if (returned instanceof Promise) returned.catch(reject)
  })
}

/** Stores on files say so of a session that there is not, and express-session takes it like this too. */
function nothingWhereMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException | null | undefined)?.code === 'ENOENT') return null
  throw error
}
