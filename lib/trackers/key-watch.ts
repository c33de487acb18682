import type { SessionStorage } from '../contracts/storage.ts'
import { READ_LIMIT, type StorageAccess } from './storage-access.ts'

type KeyWatch = (key: string, listener: (what: 'changed' | 'gone') => void) => Promise<() => Promise<void>>

/**
 * How one key of a storage is watched, where it can: within the time that a read may take, since a request waits for it. What
 * comes later than that watches for nobody, and is ended.
 */
export function keyWatch(storage: SessionStorage, access: StorageAccess): KeyWatch | undefined {
  const watch = storage.watch?.bind(storage)
  return (
    watch &&
    (async (key, listener) => {
      const watching = Promise.resolve().then(() => watch([key], (_, what) => listener(what)))
      try {
        return await access.run(() => watching, READ_LIMIT)
      } catch (error) {
        watching.then((unwatch) => unwatch()).catch(() => undefined)
        throw error
      }
    })
  )
}
