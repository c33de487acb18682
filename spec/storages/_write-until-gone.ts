// Updates and touches the session that the parent names, until it is gone, and answers with the last version it wrote.
import { serve, storage, underWay } from './_worker.ts'

await serve(async (key: string) => {
  let written = 0
  let told = false
  for (;;) {
    const record = await storage.read(key)
    if (record === null) break
    const outcome = await storage.update(key, { ...record, data: 'by a writer' }, record.version)
    if (outcome === 'ok') written = record.version + 1
    await storage.touch(key, record.expiresAt + 1)
    if (!told) underWay()
    told = true
  }
  return written
})
