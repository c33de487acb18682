import { type IORedisClient, isIORedis, isNodeRedisCluster, type NodeRedisClient, type RedisClient } from './client.ts'

/** A connection of its own that only listens: what is subscribed to lasts as long as it does. */
export interface Subscription {
  subscribe(channels: readonly string[]): Promise<unknown>
  unsubscribe(channels: readonly string[]): Promise<unknown>
  close(): void
}

/** What the holder of a subscription is told. */
interface SubscriptionEvents {
  readonly message: (channel: string, text: string) => void
  /** It has ended by itself, and will not come back. */
  readonly lost: () => void
}

/** Opens one; rejects where it cannot. */
export type Open = (events: SubscriptionEvents) => Promise<Subscription>

/*
 * The clients would reconnect and subscribe again by themselves, but not all of them say when they are done, and nobody
 * knows what was missed until then. So a connection that is lost is closed, and another one is opened. On a cluster it
 * goes to any master: what is published on one is told on all.
 */
/** What opens subscriptions; `undefined` where the client cannot: a pool, or no more than the verbs need. */
export function opener(client: RedisClient): Open | undefined {
  if (isIORedis(client)) {
    if (typeof (client as Partial<IORedisNode>).duplicate !== 'function') return undefined
    return (events) => openIORedis(client.isCluster ? anyOf((client as IORedisNodes).nodes('master')) : client, events)
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
  // Without a listener it would print them. Each is followed by `end`.
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

function nodeOf(cluster: NodeRedisNodes): Promise<NodeRedisClient> {
  return cluster.nodeClient(anyOf(cluster.masters))
}

async function openNodeRedis(client: NodeRedisClient, { message, lost }: SubscriptionEvents): Promise<Subscription> {
  const connection = (client as NodeRedisNode).duplicate()
  const close = (): void => {
    if (connection.isOpen) connection.destroy()
  }
  await new Promise<unknown>((resolve, reject) => {
    connection.on('error', (error) => {
      // Now, before it connects again by itself.
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
  if (node === undefined) throw new Error('The cluster has no node to subscribe at')
  return node
}
