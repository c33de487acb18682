import { setTimeout as sleep } from 'node:timers/promises'
import type { Line } from './line.ts'
import { idOf } from './row.ts'

/** How long it waits before it tries to connect again, in milliseconds: at first, and at most. */
const FIRST_DELAY = 50
const LONGEST_DELAY = 2000

type What = 'changed' | 'gone'

/** One call of `watch`: its keys by the ids that messages name. */
interface Watcher {
  readonly keys: ReadonlyMap<string, string>
  readonly listener: (key: string, what: What) => void
}

/**
 * Lets any number of watchers share one line, which is there while there is a watcher. When the line breaks it is built
 * anew, and then each watcher is told that all of its keys have changed: what was said meanwhile nobody has heard.
 */
export class KeyWatch {
  readonly #line: Line
  readonly #watchers = new Map<string, Set<Watcher>>()
  /** What ends the line, once it stands; `undefined` where there is none. */
  #end: Promise<() => Promise<void>> | undefined

  constructor(line: Line) {
    this.#line = line
  }

  async watch(keys: readonly string[], listener: Watcher['listener']): Promise<() => Promise<void>> {
    const watcher = { keys: new Map(keys.map((key) => [idOf(key), key])), listener }
    for (const id of watcher.keys.keys()) this.#watchers.set(id, (this.#watchers.get(id) ?? new Set()).add(watcher))
    try {
      await this.#connect()
    } catch (error) {
      await this.#remove(watcher)
      throw error
    }
    return () => this.#remove(watcher)
  }

  async close(): Promise<void> {
    this.#watchers.clear()
    await this.#disconnect()
  }

  #connect(): Promise<unknown> {
    if (this.#end !== undefined) return this.#end
    const end = this.#line(
      (message) => this.#hear(message),
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
    // Whoever uses the storage meanwhile is told by each verb that the database is away.
    for (let delay = FIRST_DELAY; !(await this.#isConnected()); delay = Math.min(2 * delay, LONGEST_DELAY)) {
      await sleep(delay, undefined, { ref: false })
    }
    for (const id of [...this.#watchers.keys()]) this.#tell(id, 'changed')
  }

  /** Whether there is a line, or nobody who needs one. */
  async #isConnected(): Promise<boolean> {
    return (
      this.#watchers.size === 0 ||
      this.#connect().then(
        () => true,
        () => false,
      )
    )
  }

  #hear(message: string): void {
    const [what, id] = message.split(' ')
    if (id !== undefined && (what === 'changed' || what === 'gone')) this.#tell(id, what)
  }

  #tell(id: string, what: What): void {
    for (const { keys, listener } of [...(this.#watchers.get(id) ?? [])]) {
      const key = keys.get(id)
      if (key !== undefined) listener(key, what)
    }
  }

  async #remove(watcher: Watcher): Promise<void> {
    for (const id of watcher.keys.keys()) {
      const watchers = this.#watchers.get(id)
      if (watchers?.delete(watcher) && watchers.size === 0) this.#watchers.delete(id)
    }
    if (this.#watchers.size === 0) await this.#disconnect()
  }
}
