// One process of several that share an engine: does what the parent says over a client of its own, and ends with it.
// Arguments: `node` or `cluster`, `node-redis` or `ioredis`, and the ports.
import { once } from 'node:events'
import { redisStorage } from '../../lib/storages/redis.ts'
import { clusterClients, singleNodeClients } from '../support/redis-clients.ts'

const [kind, name, ...ports] = process.argv.slice(2)
const forEver = { teardown: () => undefined }
const client = await (kind === 'cluster'
  ? clusterClients[name!]!(forEver, { ports: ports.map(Number) })
  : singleNodeClients[name!]!(forEver, { url: `redis://127.0.0.1:${ports[0]}` }))
const storage = redisStorage(client)

/** Counts up in the session, each time by compare-and-set. */
async function increment(key: string, times: number): Promise<number> {
  for (let done = 0; done < times;) {
    const record = (await storage.read(key))!
    const data = String(Number(record.data) + 1)
    if ((await storage.update(key, { ...record, data }, record.version)) === 'ok') done++
  }
  return times
}

/** Updates and touches the session until it is gone, and gives the last version it wrote. */
async function writeUntilGone(key: string): Promise<number> {
  let written = 0
  for (let turn = 0; ; turn++) {
    const record = await storage.read(key)
    if (turn === 1 || (turn === 0 && record === null)) process.send!('under way')
    if (record === null) return written
    const outcome = await storage.update(key, { ...record, data: 'by a writer' }, record.version)
    if (outcome === 'ok') written = record.version + 1
    await storage.touch(key, record.expiresAt + 1)
  }
}

process.on('message', ({ key, times }: { key: string; times?: number }) => {
  void (times === undefined ? writeUntilGone(key) : increment(key, times)).then((answer) => process.send!({ answer }))
})
process.send!('ready')
await once(process, 'disconnect')
process.exit()
