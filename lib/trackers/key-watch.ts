import type { SessionStorage } from '../contracts/storage.ts'
import { READ_LIMIT, type StorageAccess } from './storage-access.ts'

type KeyWatch = (key: string, listener: (what: 'changed' | 'gone') => void) => Promise<() => Promise<void>>

/**
 * How one key of a storage is watched, where it can: within the time that a read may take, since a request waits for it. What
 * comes later than that watches for nobody, and is ended. Messages for other keys, and those that come after the end, are not
 * passed on.
 */
export function keyWatch(storage: SessionStorage, access: StorageAccess): KeyWatch | undefined {
  const watch = storage.watch?.bind(storage)
  return (
    watch &&
    (async (key, listener) => {
      let isEnded = false
      const watching = Promise.resolve()
        .then(() => watch([key], (told, what) => isEnded || told !== key || listener(what)))
        .then(ending)
      try {
        const end = await access.run(() => watching, READ_LIMIT)
        return () => {
          isEnded = true
          return end()
        }
      } catch (error) {
        isEnded = true
        watching.then((end) => end()).catch(() => undefined)
        throw error
      }
    })
  )
}

/** What ends a watch: a function that gives a promise, however it fails. */
function ending(unwatch: unknown): () => Promise<void> {
  if (typeof unwatch !== 'function') throw new TypeError('watch() of a storage must give the function that ends it')
  return async () => {
    await (unwatch as () => unknown)()
  }
}
