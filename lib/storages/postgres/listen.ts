import { EngineError } from '../shared/engine-error.ts'
import { type ConnectionPool, isConnectionPool, isListeningClient, type PostgresPool } from './pool.ts'

/** How often an idle connection is asked for a sign of life, in milliseconds. */
const PULSE = 5000

/**
 * Starts to listen. Resolves to the function that ends it.
 *
 * `onMessage` gets each message; `onLost` is called once, when the connection breaks, and not when it is ended.
 */
export type Listen = (onMessage: (message: string) => void, onLost: () => void) => Promise<() => Promise<void>>

/** Listens to a channel; `undefined` if the client of the app cannot. */
export function listenTo(pool: PostgresPool, channel: string): Listen | undefined {
  if (isConnectionPool(pool)) return listenByPool(pool, channel)
  if (isListeningClient(pool)) return (onMessage) => pool.listen(channel, onMessage)
  return undefined
}

/** Holds a connection of a pool, which is destroyed afterwards: the pool must not reuse one that listens. */
export function listenByPool(pool: ConnectionPool, channel: string, pulse: number = PULSE): Listen {
  return async (onMessage, onLost) => {
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
      if (listening) onLost()
    }
    // A connection that only receives can break without either side noticing.
    const checkPulse = (): void => {
      if (!answered) return lose()
      answered = false
      connection.query('SELECT 1').then(() => {
        answered = true
      }, lose)
    }
    const timer = setInterval(checkPulse, pulse).unref()

    connection.on('error', lose)
    connection.on('end', lose)
    connection.on('notification', (message) => {
      if (message.channel === channel && !released) onMessage(message.payload ?? '')
    })
    try {
      await connection.query(`LISTEN ${channel}`)
    } catch (error) {
      release()
      throw error
    }
    if (released) throw new EngineError('the connection to PostgreSQL has ended', 'ECONNRESET')
    listening = true
    return async () => release()
  }
}
