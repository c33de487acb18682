import { checkOptions } from '../base/options.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import { SessionConfigError } from '../errors.ts'
import { commandPort, type RedisClient } from './redis/client.ts'
import { namesUnder } from './redis/names.ts'
import { RedisSessionStorage } from './redis/storage.ts'
import { subscriptionsOf } from './redis/subscription.ts'
import { given } from './shared/given.ts'

export type { IORedisClient, NodeRedisClient, NodeRedisCluster, RedisClient } from './redis/client.ts'

/** The options of {@link redisStorage}. */
export interface RedisStorageOptions {
  /** The prefix of all keys and channels. Default: `sessions:`. */
  readonly prefix?: string
}

/**
 * Stores sessions on Redis 6.2 or later or on Valkey, single node or Cluster, with the client of your app: node-redis
 * (`createClient`, `createClientPool`, `createCluster`) or ioredis (`new Redis`, `new Cluster`). Connect it, and give it an `error`
 * listener, as its manual says.
 *
 * Redis decides by its clock which session has expired, and removes it: there is nothing to sweep. Choose its `maxmemory-policy` and
 * durability accordingly: a session that Redis evicts or loses is logged out, and a failover to a replica that lags behind can undo
 * the last writes, including a logout. Reads go to masters only.
 *
 * Every operation is one command and one round trip. With a `subject`, `create` and `rotate` take two; an `update` that changes the
 * subject takes three, and so does one `touch` in 30 days. When such a session gets another key or is destroyed, one more command
 * removes its index entry, and no request waits for it. `rotate` is atomic on a single node, and takes three commands on a Cluster:
 * if the process ends in between, the session may be lost, and never lives twice. `list` reads the sessions one at a time.
 *
 * `watch` uses a connection of its own, which `close` closes; your client stays open. It reports writes, and not that a session has
 * expired. After its connection was lost and restored, it reports every watched session as `changed`. A client pool cannot watch.
 *
 * The errors of the client are thrown as they are.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if `client` is not such a client or reads from replicas, or an option is wrong or
 *   unknown.
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
  checkOptions('redisStorage()', options, { prefix: 'any' })
  const { prefix = 'sessions:' } = options
  if (typeof prefix !== 'string') throw new SessionConfigError("redisStorage({ prefix }) must be a string: 'sessions:'")
  refuseReplicas(client)
  return new RedisSessionStorage(port, namesUnder(prefix), subscriptionsOf(client))
}

/** A replica may still have a destroyed session. ioredis has an option to read from them; for node-redis, each command says it. */
function refuseReplicas(client: RedisClient): void {
  const { options } = client as { readonly options?: { readonly scaleReads?: unknown } }
  if (options?.scaleReads === undefined || options.scaleReads === 'master') return
  throw new SessionConfigError("redisStorage reads from masters only: give it a Cluster with scaleReads: 'master'")
}
