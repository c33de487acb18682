import type { Awaitable } from '../../base/awaitable.ts'
import type { SessionRecord } from '../../contracts/record.ts'
import type { SessionStorage } from '../../contracts/storage.ts'

/** A call of one of the six required methods. */
export type StorageCall = {
  /** The key; for `rotate`, the old one. */
  readonly key: string
  /** The number of the call among those of its method, from 1. */
  readonly nth: number
} & (
  | { readonly verb: 'read' }
  | { readonly verb: 'delete' }
  | { readonly verb: 'create'; readonly record: SessionRecord }
  | { readonly verb: 'update'; readonly record: SessionRecord; readonly expected: number }
  | { readonly verb: 'touch'; readonly expiresAt: number }
  | { readonly verb: 'rotate'; readonly to: string; readonly record: SessionRecord; readonly expected: number }
)

/** Intercepts a call: `ask` passes it to the storage. */
export type Through = <T>(call: StorageCall, ask: () => Awaitable<T>) => Awaitable<T>

/**
 * The storage, with the calls of its six required methods intercepted. Records are copied first, since a call may be delayed. The other
 * methods stay as they are.
 */
export function calledThrough(storage: SessionStorage, through: Through): SessionStorage {
  const counts = new Map<string, number>()
  const count = (verb: string): number => {
    const nth = (counts.get(verb) ?? 0) + 1
    counts.set(verb, nth)
    return nth
  }

  const same: SessionStorage = {
    create(key, given) {
      const record = { ...given }
      return through({ verb: 'create', nth: count('create'), key, record }, () => storage.create(key, record))
    },
    read: (key) => through({ verb: 'read', nth: count('read'), key }, () => storage.read(key)),
    update(key, given, expected) {
      const record = { ...given }
      const call: StorageCall = { verb: 'update', nth: count('update'), key, record, expected }
      return through(call, () => storage.update(key, record, expected))
    },
    touch: (key, expiresAt) =>
      through({ verb: 'touch', nth: count('touch'), key, expiresAt }, () => storage.touch(key, expiresAt)),
    delete: (key) => through({ verb: 'delete', nth: count('delete'), key }, () => storage.delete(key)),
    rotate(from, to, given, expected) {
      const record = { ...given }
      const call: StorageCall = { verb: 'rotate', nth: count('rotate'), key: from, to, record, expected }
      return through(call, () => storage.rotate(from, to, record, expected))
    },
  }
  if (storage.evicts) Object.assign(same, { evicts: true })
  if (storage.list) same.list = storage.list.bind(storage)
  if (storage.watch) same.watch = storage.watch.bind(storage)
  if (storage.sweep) same.sweep = storage.sweep.bind(storage)
  if (storage.countExpired) same.countExpired = storage.countExpired.bind(storage)
  if (storage.close) same.close = storage.close.bind(storage)
  return same
}
