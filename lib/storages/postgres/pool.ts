/** The required method of a client: pg's `Pool` and `Client` have it, PGlite, and any object with this `query`. */
export interface PostgresPool {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>
}

/** A pool of connections, such as pg's `Pool`. pg's single `Client` has `connect`, but no `totalCount`. */
export interface ConnectionPool extends PostgresPool {
  readonly totalCount: number
  connect(): Promise<PooledConnection>
}

interface PooledConnection {
  query(text: string): Promise<unknown>
  on(event: 'notification', listener: (message: { channel: string; payload?: string | undefined }) => void): unknown
  on(event: 'error' | 'end', listener: () => void): unknown
  release(destroy: boolean): void
}

/** A client that listens on its only connection, such as PGlite. */
export interface ListeningClient extends PostgresPool {
  listen(channel: string, listener: (payload: string) => void): Promise<() => Promise<void>>
}

export function isConnectionPool(pool: PostgresPool): pool is ConnectionPool {
  return 'connect' in pool && typeof pool.connect === 'function' && 'totalCount' in pool
}

export function isListeningClient(pool: PostgresPool): pool is ListeningClient {
  return 'listen' in pool && typeof pool.listen === 'function'
}
