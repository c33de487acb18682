/** A single node by node-redis: `createClient`, or `createClientPool`, which cannot watch. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>
}

/** A Cluster by node-redis: `createCluster`. */
export interface NodeRedisCluster {
  sendCommand(firstKey: string | undefined, isReadonly: boolean | undefined, args: string[]): Promise<unknown>
  nodeClient(node: never): Promise<unknown>
}

/** A single node or a Cluster by ioredis: `new Redis`, `new Cluster`. */
export interface IORedisClient {
  call(command: string, args: string[]): Promise<unknown>
  readonly isCluster: boolean
}

/** The client of your app, by node-redis or ioredis. Neither package is required: only these methods are. */
export type RedisClient = NodeRedisClient | NodeRedisCluster | IORedisClient

/** Sends commands, whichever client it is. */
export interface CommandPort {
  /** Whether the keys are spread over several nodes, so that a script reaches only one of them. */
  readonly isCluster: boolean
  /** Sends one command to the master that has `key`. */
  send(key: string, command: string, args: readonly string[]): Promise<unknown>
}

/** `undefined` if the client is of no known kind. */
export function commandPort(client: RedisClient): CommandPort | undefined {
  if (isIORedis(client)) {
    return { isCluster: client.isCluster, send: (_, command, args) => client.call(command, [...args]) }
  }
  if (isNodeRedisCluster(client)) {
    return { isCluster: true, send: (key, command, args) => client.sendCommand(key, false, [command, ...args]) }
  }
  if (typeof client?.sendCommand !== 'function') return undefined
  return { isCluster: false, send: (_, command, args) => client.sendCommand([command, ...args]) }
}

export function isIORedis(client: RedisClient): client is IORedisClient {
  return typeof (client as Partial<IORedisClient> | undefined)?.call === 'function'
}

export function isNodeRedisCluster(client: RedisClient): client is NodeRedisCluster {
  return typeof (client as Partial<NodeRedisCluster> | undefined)?.nodeClient === 'function'
}

/** A text of a reply. A client may be configured to return Buffers. */
export function replyText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : Buffer.isBuffer(value) ? value.toString() : undefined
}
