// Updates the session `key` with more than the disk takes, and tells the code of the error.
import { directoryStorage } from '../../lib/storages/directory.ts'

const storage = directoryStorage(process.argv[2]!)
const record = (await storage.read('key'))!
try {
  await storage.update('key', { ...record, data: 'x'.repeat(100_000) }, record.version)
} catch (error) {
  process.stdout.write(String((error as NodeJS.ErrnoException).code))
}
