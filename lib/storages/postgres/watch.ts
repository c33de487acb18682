import { setTimeout as sleep } from 'node:timers/promises'
import { KeyListeners, type KeyListener } from '../shared/key-listeners.ts'
import type { Listen } from './listen.ts'
import { idOf } from './table-row.ts'

/** The pauses between attempts to connect again, in milliseconds: the first, doubled up to the longest. */
const FIRST_DELAY = 50
const LONGEST_DELAY = 2000

/**
 * Shares one listening connection between all calls of `watch`, for as long as there are any. When it breaks, it is replaced, and
 * every listener is told `changed`: messages may have been lost.
 */
export class PostgresWatch {
  readonly #listen: Listen
  readonly #listeners = new KeyListeners(idOf)
  /** Resolves, once the connection listens, to the function that ends it. */
  #end: Promise<() => Promise<void>> | undefined

  constructor(listen: Listen) {
    this.#listen = listen
  }

  async watch(keys: readonly string[], listener: KeyListener): Promise<() => Promise<void>> {
    const remove = this.#listeners.add(keys, listener)
    const stop = async (): Promise<void> => {
      remove()
      if (this.#listeners.size === 0) await this.#disconnect()
    }
    try {
      await this.#connect()
    } catch (error) {
      await stop()
      throw error
    }
    return stop
  }

  async close(): Promise<void> {
    this.#listeners.clear()
    await this.#disconnect()
  }

  #connect(): Promise<unknown> {
    if (this.#end !== undefined) return this.#end
    const end = this.#listen(
      (message) => this.#receive(message),
      () => {
        if (this.#end === end) void this.#reconnect()
      },
    )
    this.#end = end
    end.catch(() => {
      if (this.#end === end) this.#end = undefined
    })
    return end
  }

  async #disconnect(): Promise<void> {
    const end = this.#end
    this.#end = undefined
    await (
      await end?.catch(() => undefined)
    )?.()
  }

  async #reconnect(): Promise<void> {
    this.#end = undefined
    // Failures are not reported here: every operation of the storage fails meanwhile.
    for (let delay = FIRST_DELAY; !(await this.#isConnected()); delay = Math.min(2 * delay, LONGEST_DELAY)) {
      await sleep(delay, undefined, { ref: false })
    }
    for (const id of this.#listeners.names()) this.#listeners.notify(id, 'changed')
  }

  /** Whether there is a connection, or no need for one. */
  async #isConnected(): Promise<boolean> {
    return (
      this.#listeners.size === 0 ||
      this.#connect().then(
        () => true,
        () => false,
      )
    )
  }

  #receive(message: string): void {
    const [what, id] = message.split(' ')
    if (id !== undefined && (what === 'changed' || what === 'gone')) this.#listeners.notify(id, what)
  }
}
