import type { SessionStorage } from '../../lib/contracts/storage.ts'

/** The same storage at the other end of a line: a call takes a turn of the event loop to arrive, its answer another. */
export function slowStorage(storage: SessionStorage): SessionStorage {
  const slow: SessionStorage = {
    create: (key, record) => later({ ...record }, (copy) => storage.create(key, copy)),
    read: (key) => later(key, () => storage.read(key)),
    update: (key, record, expected) => later({ ...record }, (copy) => storage.update(key, copy, expected)),
    touch: (key, expiresAt) => later(key, () => storage.touch(key, expiresAt)),
    delete: (key) => later(key, () => storage.delete(key)),
    rotate: (from, to, record, expected) => later({ ...record }, (copy) => storage.rotate(from, to, copy, expected)),
  }
  if (storage.list) slow.list = (subject) => storage.list!(subject)
  if (storage.sweep) slow.sweep = (limit) => storage.sweep!(limit)
  if (storage.countExpired) slow.countExpired = () => storage.countExpired!()
  return slow
}

async function later<T, R>(argument: T, call: (argument: T) => R): Promise<Awaited<R>> {
  await turn()
  const answer = await call(argument)
  await turn()
  return answer
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
