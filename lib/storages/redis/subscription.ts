import { EngineError } from '../shared/engine-error.ts'
import { type IORedisClient, isIORedis, isNodeRedisCluster, type NodeRedisClient, type RedisClient } from './client.ts'

/** A connection that only listens. Its subscriptions end with it. */
export interface Subscription {
  subscribe(channels: readonly string[]): Promise<unknown>
  unsubscribe(channels: readonly string[]): Promise<unknown>
  close(): void
}

interface SubscriptionEvents {
  readonly message: (channel: string, text: string) => void
  /** The connection has ended, and does not reconnect. */
  readonly lost: () => void
}

/** Opens a subscription; rejects if it cannot connect. */
export type OpenSubscription = (events: SubscriptionEvents) => Promise<Subscription>

/**
 * Opens subscriptions with the options of `client`; `undefined` if the client has no way to: it is a pool, or has only the methods of
 * `RedisClient`.
 *
 * A lost connection is closed, and another one opened. The clients would reconnect and subscribe again by themselves, but not all of
 * them tell when they are done, and messages are lost until then. On a Cluster, the connection goes to any master: a message
 * published on one master reaches all of them.
 */
export function subscriptionsOf(client: RedisClient): OpenSubscription | undefined {
  if (isIORedis(client)) {
    if (typeof (client as Partial<IORedisNode>).duplicate !== 'function') return undefined
    return async (events) =>
      openIORedis(client.isCluster ? anyOf((client as IORedisNodes).nodes('master')) : client, events)
  }
  if (isNodeRedisCluster(client)) {
    const { masters } = client as unknown as { readonly masters: unknown }
    if (!Array.isArray(masters)) return undefined
    return async (events) => openNodeRedis(await nodeOf(client as unknown as NodeRedisNodes), events)
  }
  const { duplicate, subscribe } = client as Partial<NodeRedisNode>
  if (typeof duplicate !== 'function' || typeof subscribe !== 'function') return undefined
  return (events) => openNodeRedis(client, events)
}

interface IORedisNode extends IORedisClient {
  duplicate(options: object): IORedisNode
  connect(): Promise<unknown>
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  disconnect(): void
  on(event: string, listener: (...args: string[]) => void): unknown
}

interface IORedisNodes extends IORedisClient {
  nodes(role: 'master'): readonly IORedisClient[]
}

async function openIORedis(client: IORedisClient, { message, lost }: SubscriptionEvents): Promise<Subscription> {
  const options = { lazyConnect: true, retryStrategy: () => null, autoResubscribe: false }
  const connection = (client as IORedisNode).duplicate(options)
  // Without a listener, ioredis prints errors. Each error is followed by `end`.
  connection.on('error', () => undefined)
  connection.on('message', message)
  await connection.connect()
  connection.on('end', lost)
  return {
    subscribe: (channels) => connection.subscribe(...channels),
    unsubscribe: (channels) => connection.unsubscribe(...channels),
    close: () => connection.disconnect(),
  }
}

interface NodeRedisNode extends NodeRedisClient {
  readonly isOpen: boolean
  duplicate(): NodeRedisNode
  connect(): Promise<unknown>
  subscribe(channels: readonly string[], listener: (text: string, channel: string) => void): Promise<unknown>
  unsubscribe(channels: readonly string[]): Promise<unknown>
  destroy(): void
  on(event: 'error', listener: (error: Error) => void): unknown
}

interface NodeRedisNodes {
  readonly masters: readonly unknown[]
  nodeClient(master: unknown): Promise<NodeRedisClient>
}

async function nodeOf(cluster: NodeRedisNodes): Promise<NodeRedisClient> {
  return cluster.nodeClient(anyOf(cluster.masters))
}

async function openNodeRedis(client: NodeRedisClient, { message, lost }: SubscriptionEvents): Promise<Subscription> {
  const connection = (client as NodeRedisNode).duplicate()
  const close = (): void => {
    if (connection.isOpen) connection.destroy()
  }
  await new Promise<unknown>((resolve, reject) => {
    connection.on('error', (error) => {
      // Before the client reconnects by itself.
      close()
      reject(error)
      lost()
    })
    connection.connect().then(resolve, reject)
  })
  const listener = (text: string, channel: string): void => message(channel, text)
  return {
    subscribe: (channels) => connection.subscribe(channels, listener),
    unsubscribe: (channels) => connection.unsubscribe(channels),
    close,
  }
}

function anyOf<T>(nodes: readonly T[]): T {
  const node = nodes[Math.floor(Math.random() * nodes.length)]
  if (node === undefined)
    throw new EngineError('the Redis Cluster client knows no master: connect it first', 'ENOTCONN')
  return node
}
