// Counts up in the session `key`, as often as the parent says, each time by compare-and-set.
import { serve, storage } from './_worker.ts'

await serve(async (times: number) => {
  for (let done = 0; done < times;) {
    const record = (await storage.read('key'))!
    const data = String(Number(record.data) + 1)
    if ((await storage.update('key', { ...record, data }, record.version)) === 'ok') done++
  }
})
