// Creates, updates, rotates, touches and deletes sessions of a few subjects at once until it is killed.
import { randomUUID } from 'node:crypto'
import { largeText, SUBJECTS } from './_storm-data.ts'
import { storage, underWay } from './_worker.ts'

let operations = 0

async function act(): Promise<void> {
  const subject = SUBJECTS[Math.floor(Math.random() * SUBJECTS.length)]!
  let found = 0
  for await (const { key, record } of storage.list!(subject)) {
    found++
    const next = { ...record, data: largeText() }
    const dice = Math.random()
    if (dice < 0.4) await storage.update(key, next, record.version)
    else if (dice < 0.75) await storage.rotate(key, randomUUID(), next, record.version)
    else if (dice < 0.9) await storage.touch(key, record.expiresAt + 1)
    else await storage.delete(key)
  }
  if (found < 4) {
    const now = Date.now()
    const record = { version: 1, createdAt: now, expiresAt: now + 3_600_000, identity: randomUUID(), subject }
    await storage.create(randomUUID(), { ...record, data: largeText() })
  }
  if (++operations === 30) underWay()
}

async function actOn(): Promise<void> {
  for (;;) await act()
}

process.on('disconnect', () => process.exit())
process.send!('ready')
await Promise.all(Array.from({ length: 6 }, actOn))
