/** What the storage needs of a client: pg's `Pool` and `Client`, PGlite, and whatever else has this `query`. */
export interface PostgresPool {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>
}

/** A pool of connections, as pg's `Pool` is; pg's single `Client` has no count of them. */
export interface ConnectionPool extends PostgresPool {
  readonly totalCount: number
  connect(): Promise<PooledConnection>
}

/** One connection of a pool, for as long as it is held. */
interface PooledConnection {
  query(text: string): Promise<unknown>
  on(event: 'notification', listener: (message: { channel: string; payload?: string | undefined }) => void): unknown
  on(event: 'error' | 'end', listener: () => void): unknown
  release(destroy: boolean): void
}

/** What listens by itself on the one connection that it has, as PGlite does. */
export interface ListeningClient extends PostgresPool {
  listen(channel: string, listener: (payload: string) => void): Promise<() => Promise<void>>
}

export function isConnectionPool(pool: PostgresPool): pool is ConnectionPool {
  return 'connect' in pool && typeof pool.connect === 'function' && 'totalCount' in pool
}

export function isListeningClient(pool: PostgresPool): pool is ListeningClient {
  return 'listen' in pool && typeof pool.listen === 'function'
}
