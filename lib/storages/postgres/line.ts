import { type ConnectionPool, isConnectionPool, isListeningClient, type PostgresPool } from './pool.ts'

/** How often a connection that only listens is asked whether it is still there, in milliseconds. */
const PULSE = 5000

/**
 * Begins to listen, and gives what ends it. `hear` gets each message; `lost` is called, once, when the connection breaks,
 * not when it is ended.
 */
export type Line = (hear: (message: string) => void, lost: () => void) => Promise<() => Promise<void>>

/** The line to a channel, where the object that the app has given can hold one. */
export function lineOf(pool: PostgresPool, channel: string): Line | undefined {
  if (isConnectionPool(pool)) return lineOfPool(pool, channel)
  if (isListeningClient(pool)) return (hear) => pool.listen(channel, hear)
  return undefined
}

/** Holds a connection of a pool. It is not given back for other use afterwards, since it has listened. */
export function lineOfPool(pool: ConnectionPool, channel: string, pulse: number = PULSE): Line {
  return async (hear, lost) => {
    const connection = await pool.connect()
    let listening = false
    let released = false
    let answered = true

    const release = (): void => {
      if (released) return
      released = true
      clearInterval(timer)
      connection.release(true)
    }
    const lose = (): void => {
      if (released) return
      release()
      if (listening) lost()
    }
    // A connection that nothing comes from may be dead without either side knowing.
    const ask = (): void => {
      if (!answered) return lose()
      answered = false
      connection.query('SELECT 1').then(() => {
        answered = true
      }, lose)
    }
    const timer = setInterval(ask, pulse).unref()

    connection.on('error', lose)
    connection.on('end', lose)
    connection.on('notification', (message) => {
      if (message.channel === channel && !released) hear(message.payload ?? '')
    })
    try {
      await connection.query(`LISTEN ${channel}`)
    } catch (error) {
      release()
      throw error
    }
    if (released) throw new Error('The connection to PostgreSQL has ended')
    listening = true
    return async () => release()
  }
}
