import type { SessionStorage } from '../../lib/contracts/storage.ts'

/** A call that waits: `apply` lets the engine do it, `answer` or `fail` lets the caller know. */
export interface HeldCall {
  readonly verb: string
  apply(): void
  answer(): void
  fail(error: Error): void
}

/** A storage in whose hands every call waits until the test lets it go on. Holds over a synchronous storage. */
export function heldStorage(engine: SessionStorage): { storage: SessionStorage; calls: HeldCall[] } {
  const calls: HeldCall[] = []

  function hold<T>(verb: string, act: () => T): Promise<Awaited<T>> {
    return new Promise((resolve, reject) => {
      let result: T
      calls.push({
        verb,
        apply: () => void (result = act()),
        answer: () => resolve(result as Awaited<T>),
        fail: reject,
      })
    })
  }

  return {
    calls,
    storage: {
      create: (key, record) => hold('create', () => engine.create(key, record)),
      read: (key) => hold('read', () => engine.read(key)),
      update: (key, record, expected) => hold('update', () => engine.update(key, record, expected)),
      touch: (key, expiresAt) => hold('touch', () => engine.touch(key, expiresAt)),
      delete: (key) => hold('delete', () => engine.delete(key)),
      rotate: (from, to, record, expected) => hold('rotate', () => engine.rotate(from, to, record, expected)),
    },
  }
}
