import type { SessionStorage } from '../../../contracts/storage.ts'
import { eachOrder } from './each-order.ts'
import { scenario, type StorageScenario } from './stage.ts'

export const revoking: readonly StorageScenario[] = [
  scenario(
    'a session that gets another key while all sessions of its subject are ended is ended, too',
    async ({ t, storage, record }) => {
      await eachOrder(async (key, inOrder) => {
        const subject = `subject of ${key}`
        await storage.create(key, record({ subject }))
        await inOrder(
          () => storage.rotate(key, `${key} new`, record({ subject }), 1),
          () => endAll(storage, subject),
        )
        t.equal(await storage.read(key), null)
        t.equal(await storage.read(`${key} new`), null)
      })
    },
    'list',
  ),

  scenario(
    'a session that is updated and touched while all sessions of its subject are ended is ended, too',
    async ({ t, storage, record }) => {
      await eachOrder(async (key, inOrder) => {
        const subject = `subject of ${key}`
        await storage.create(key, record({ subject }))
        await inOrder(
          () => storage.update(key, record({ subject }), 1),
          () => endAll(storage, subject),
          () => storage.touch(key, record().expiresAt + 1),
        )
        t.equal(await storage.read(key), null)
      })
    },
    'list',
  ),
]

/** Deletes the listed sessions until none is listed: a session that changes its key is listed again. */
async function endAll(storage: SessionStorage, subject: string): Promise<void> {
  if (storage.list === undefined) throw new TypeError('the storage has no list: pass { list: false }')
  for (let pass = 0; pass < 100; pass++) {
    let left = false
    for await (const { key } of storage.list(subject)) {
      left = true
      await storage.delete(key)
    }
    if (!left) return
  }
  throw new Error('list returned a deleted session')
}
