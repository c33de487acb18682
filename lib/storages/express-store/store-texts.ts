import type { Clock } from '../../base/clock.ts'
import { sha256Hex } from '../../base/digest.ts'
import { recordFromJson } from '../shared/record-json.ts'
import type { TextStorage } from '../text/text-storage.ts'
import { cookieFor } from './cookie.ts'
import type { ExpressStore } from './store.ts'

/** The texts in an express-session store: each is the member `record` of a session, beside its `cookie`. */
export function textsIn(store: ExpressStore, clock: Clock): TextStorage {
  return {
    evicts: isBounded(store),
    async read(id) {
      const session = await call((done) => store.get(sidOf(id), done)).catch(nullIfMissing)
      const { record } = Object(session) as { readonly record?: unknown }
      return typeof record === 'string' ? record : null
    },
    async write(id, text) {
      const lifetime = (recordFromJson(text)?.expiresAt ?? 0) - clock()
      await call((done) => store.set(sidOf(id), { cookie: cookieFor(lifetime), record: text }, done))
    },
    async invalidate(id) {
      await call((done) => store.destroy(sidOf(id), done)).catch(nullIfMissing)
    },
  }
}

/** Whether the store limits the number of its sessions, as memorystore does with `max`. */
function isBounded(store: ExpressStore): boolean {
  const { max } = Object((store as { readonly options?: unknown }).options) as { readonly max?: unknown }
  return typeof max === 'number' && max < Infinity
}

/** A hash: some stores use the id as a file name, or compare ids without regard to case. */
function sidOf(id: string): string {
  return sha256Hex(id)
}

/** Calls a method of the store. Its callback gives the result; a promise that it returns may only reject. */
function call(method: (done: (error?: unknown, result?: unknown) => void) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const returned = method((error, result) => (error ? reject(error) : resolve(result)))
    // Promises only: the `then` of a query builder would run the query again.
    if (returned instanceof Promise) returned.catch(reject)
  })
}

/** Stores on files report a missing session as `ENOENT`, which express-session takes for a missing session, too. */
function nullIfMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException | null | undefined)?.code === 'ENOENT') return null
  throw error
}
