// Updates the session `key` while this process may open no file any more, and again when it may. Tells what came of both.
import { closeSync, openSync } from 'node:fs'
import { directoryStorage } from '../../lib/storages/directory.ts'

const storage = directoryStorage(process.argv[2]!)
const record = (await storage.read('key'))!
const update = async (data: string): Promise<string> => {
  try {
    return await storage.update('key', { ...record, data }, record.version)
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}
const read = (): string => {
  try {
    return String(storage.read('key'))
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

const files: number[] = []
try {
  for (;;) files.push(openSync('/dev/null', 'r'))
} catch {
  // The limit is reached.
}
const meanwhile = [await update('lost'), read()]
for (const file of files) closeSync(file)
process.stdout.write([...meanwhile, (await storage.read('key'))!.data, await update('second')].join(' '))
