// The other end of a worker script: one process of several that share a directory.
import { once } from 'node:events'
import { directoryStorage } from '../../lib/storages/directory.ts'
import type { SessionStorage } from '../../lib/contracts/storage.ts'

/** The directory that the parent named. */
export const path: string = process.argv[2]!
export const storage: SessionStorage = directoryStorage(path)

/** Calls `work` with each message of the parent, and answers with what it gives. Ends with the parent. */
export async function serve<Message, Answer>(work: (message: Message) => Promise<Answer>): Promise<void> {
  process.send!('ready')
  process.on('message', (message) => {
    void work(message as Message).then((answer) => process.send!({ answer }))
  })
  await once(process, 'disconnect')
}

/** Tells the parent that the work is well under way. */
export function underWay(): void {
  process.send!('under way')
}
