import { expectTypeOf } from 'expect-type'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import type { SessionStorage } from '../../lib/contracts/storage.ts'
import { redisStorage } from '../../lib/storages/redis.ts'

declare const mappedCluster: Cluster<'resp3'>

// The real clients are taken as they are, whatever protocol and types of replies they were set up for.
expectTypeOf(redisStorage(createClient())).toEqualTypeOf<SessionStorage>()
redisStorage(createClient({ url: 'redis://localhost', RESP: 2 }))
redisStorage(createClient({ RESP: 3, commandOptions: { typeMapping: { 36: Buffer } } }), { prefix: 'shop:' })
redisStorage(await createClient().connect())
redisStorage(createClientPool())
redisStorage(createCluster({ rootNodes: [] }))
redisStorage(createCluster({ rootNodes: [], RESP: 2 }))
redisStorage(new Redis())
redisStorage(new Redis({ replyMapping: 'resp3' }))
redisStorage(new Cluster([]))
redisStorage(mappedCluster)

// What cannot work is not taken.
// @ts-expect-error -- no client
redisStorage({})
// @ts-expect-error -- an address is no client
redisStorage('redis://localhost')
// @ts-expect-error -- a misspelt option
redisStorage(createClient(), { perfix: 'shop:' })
// @ts-expect-error -- its commands take other arguments
redisStorage(createSentinel({ name: 'main', sentinelRootNodes: [] }))
