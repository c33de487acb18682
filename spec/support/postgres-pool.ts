import pg from 'pg'

/**
 * A pool as an app has one: with a listener, since of a connection that breaks while nobody uses it, or is still being made when
 * the server ends, nobody else is told.
 */
export function postgresPool(config: pg.PoolConfig): pg.Pool {
  return new pg.Pool(config).on('error', () => {})
}
