import type { SessionStorage } from '../contracts/storage.ts'
import { SessionConfigError } from '../errors.ts'
import { checkOptionNames } from '../base/options.ts'
import { given } from './given.ts'
import { commandPort, type RedisClient } from './redis/client.ts'
import { namesUnder } from './redis/names.ts'
import { RedisStorage } from './redis/storage.ts'
import { opener } from './redis/subscription.ts'
import { Watcher } from './redis/watcher.ts'

export type { IORedisClient, NodeRedisClient, NodeRedisCluster, RedisClient } from './redis/client.ts'

/** What {@link redisStorage} takes. */
export interface RedisStorageOptions {
  /** What all names on the engine begin with, keys and channels; `sessions:` by default. */
  readonly prefix?: string
}

/**
 * Keeps sessions on Redis (6.2 or later) or Valkey, single node or Cluster, over the client that the app has: of
 * node-redis (`createClient`, `createCluster`) or ioredis (`new Redis`, `new Cluster`). It must be connected, and have
 * an `error` listener, as its manual says.
 *
 * The engine's clock decides what has expired, and the engine removes it: there is nothing to sweep. Choose its
 * `maxmemory-policy` and durability accordingly: what it evicts or loses is logged out, and a failover to a replica
 * that lags behind can undo the last writes, a logout among them. Reads go to masters only.
 *
 * Every verb is one command and one round trip. With a subject, `create` and `rotate` are two; three are an `update` that
 * changes it and a `touch` once in 30 days. When such a session is moved or destroyed, one more command tidies up, and
 * nobody waits for it. `rotate` is one step on a single node, three on a Cluster: if the process dies in between, the
 * session is lost at worst. `list` reads one by one.
 *
 * `watch` listens on a connection of its own, which `close` closes, and nothing else. It tells of writes, not that a
 * session has expired; and `changed` of everything, when the connection was lost and is there again.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) where the client is none of these, reads from replicas, or an
 *   option is wrong or unknown. The promises of the verbs reject with the client's own errors.
 *
 * @example
 * const client = await createClient().on('error', report).connect()
 * const User = cookie<User>('user', { storage: redisStorage(client, { prefix: 'shop:' }) })
 */
export function redisStorage(client: RedisClient, options: RedisStorageOptions = {}): SessionStorage {
  const port = typeof client === 'object' && client !== null ? commandPort(client) : undefined
  if (port === undefined) {
    throw new SessionConfigError(
      `redisStorage needs a client of node-redis or ioredis: redisStorage(createClient()); ${given(client)}`,
    )
  }
  checkOptionNames('redisStorage', options, ['prefix'])
  const { prefix = 'sessions:' } = options
  if (typeof prefix !== 'string') throw new SessionConfigError("redisStorage({ prefix }) must be a text: 'sessions:'")
  refuseReplicas(client)
  const names = namesUnder(prefix)
  const storage = new RedisStorage(port, names)
  const open = opener(client)
  return open === undefined ? storage : Object.assign(storage, watching(new Watcher(open), names.session))
}

/** There a destroyed session may still be found. ioredis reads from replicas if told so; node-redis lets us choose. */
function refuseReplicas(client: RedisClient): void {
  const { options } = client as { readonly options?: { readonly scaleReads?: unknown } }
  if (options?.scaleReads === undefined || options.scaleReads === 'master') return
  throw new SessionConfigError("redisStorage reads from masters only: give it a Cluster with scaleReads: 'master'")
}

function watching(
  watcher: Watcher,
  channelOf: (key: string) => string,
): Required<Pick<SessionStorage, 'watch' | 'close'>> {
  return {
    watch: (keys, listener) =>
      watcher.watch(new Map(keys.map((key) => [channelOf(key), (what) => listener(key, what)]))),
    close: () => watcher.close(),
  }
}
