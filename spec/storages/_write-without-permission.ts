// Updates a session of its own in a directory that this user may not write to any more, and again when he may.
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { directoryStorage } from '../../lib/storages/directory.ts'

const path = join(process.argv[2]!, 'sessions of nobody')
// Permissions do not hold for root.
if (process.geteuid!() === 0) {
  process.setgroups!([])
  process.setgid!(65_534)
  process.setuid!(65_534)
}
const storage = directoryStorage(path)
const record = { data: 'first', version: 1, createdAt: 0, expiresAt: 8.64e15, identity: '' }
await storage.create('key', record)
const tried = async (act: () => unknown): Promise<string> => {
  try {
    return String(await act())
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}
const update = (): Promise<string> => tried(() => storage.update('key', { ...record, data: 'second' }, 1))

chmodSync(join(path, 'tmp'), 0o500)
const writing = [await update(), await tried(() => storage.rotate('key', 'new', record, 1))]
const kept = (await storage.read('key'))!.data
chmodSync(join(path, 'tmp'), 0o700)
chmodSync(join(path, 'sessions'), 0o000)
const reading = await tried(() => storage.read('key'))
const starting = await tried(() => directoryStorage(path))
chmodSync(join(path, 'sessions'), 0o700)
process.stdout.write([...writing, kept, reading, starting, await update()].join(' '))
