import { setTimeout as sleep } from 'node:timers/promises'
import type { Open, Subscription } from './subscription.ts'

/** How long it waits before it tries again to open a lost subscription, in milliseconds. */
const RETRY = 250

type Tell = (what: 'changed' | 'gone') => void

/**
 * Who watches which channel, on one connection that is opened for the first of them. When it was lost, everybody is
 * told `changed` once there is another one: who knows what was missed.
 */
export class Watcher {
  readonly #open: Open
  readonly #listeners = new Map<string, Set<Tell>>()
  /** What the connection is subscribed to. */
  readonly #subscribed = new Set<string>()
  /** Channels of which somebody has come or gone. */
  readonly #due = new Set<string>()
  #turn: Promise<void> = Promise.resolve()
  #subscription: Subscription | undefined
  #closed = false

  constructor(open: Open) {
    this.#open = open
  }

  /** Resolves when nothing will be missed any more; to what stops it. */
  async watch(tellOf: ReadonlyMap<string, Tell>): Promise<() => Promise<void>> {
    const leave = (): Promise<void> => {
      for (const [channel, tell] of tellOf) this.#remove(channel, tell)
      // A connection that fails is not subscribed to anything.
      return this.#adjust(tellOf.keys()).catch(() => undefined)
    }
    for (const [channel, tell] of tellOf) this.#add(channel, tell)
    try {
      await this.#adjust(tellOf.keys())
    } catch (error) {
      await leave()
      throw error
    }
    return leave
  }

  close(): void {
    this.#closed = true
    this.#listeners.clear()
    this.#subscribed.clear()
    this.#subscription?.close()
    this.#subscription = undefined
  }

  #add(channel: string, tell: Tell): void {
    const tells = this.#listeners.get(channel)
    if (tells === undefined) this.#listeners.set(channel, new Set([tell]))
    else tells.add(tell)
  }

  #remove(channel: string, tell: Tell): void {
    const tells = this.#listeners.get(channel)
    if (tells?.delete(tell) === true && tells.size === 0) this.#listeners.delete(channel)
  }

  /** One at a time, so that no subscribing overtakes an unsubscribing; each does all that is due. */
  #adjust(channels: Iterable<string>): Promise<void> {
    for (const channel of channels) this.#due.add(channel)
    this.#turn = this.#turn.catch(() => undefined).then(() => this.#adjustDue())
    return this.#turn
  }

  async #adjustDue(): Promise<void> {
    const due = [...this.#due]
    this.#due.clear()
    const wanted = due.filter((channel) => this.#listeners.has(channel) && !this.#subscribed.has(channel))
    const unwanted = due.filter((channel) => !this.#listeners.has(channel) && this.#subscribed.has(channel))
    try {
      if (wanted.length > 0) {
        const subscription = await this.#connected()
        await subscription.subscribe(wanted)
        if (subscription === this.#subscription) for (const channel of wanted) this.#subscribed.add(channel)
      }
      if (unwanted.length > 0) {
        await this.#subscription?.unsubscribe(unwanted)
        for (const channel of unwanted) this.#subscribed.delete(channel)
      }
    } catch (error) {
      // Still due for whoever is next: his own subscribing may be among it.
      for (const channel of due) this.#due.add(channel)
      throw error
    }
  }

  async #connected(): Promise<Subscription> {
    if (this.#subscription !== undefined) return this.#subscription
    let opened: Subscription | 'lost' | undefined
    const subscription = await this.#open({
      message: (channel, text) => this.#tell([channel], text === 'gone' ? 'gone' : 'changed'),
      lost: () => {
        if (opened !== undefined && opened === this.#subscription) void this.#restore()
        opened = 'lost'
      },
    })
    if (opened === 'lost' || this.#closed) {
      subscription.close()
      throw new Error('the connection that listens was lost, or the storage closed')
    }
    opened = subscription
    this.#subscription = subscription
    return subscription
  }

  async #restore(): Promise<void> {
    this.#subscription = undefined
    this.#subscribed.clear()
    let restored = false
    while (!restored) {
      try {
        await this.#adjust(this.#listeners.keys())
        restored = true
      } catch {
        // The process may end meanwhile.
        await sleep(RETRY, undefined, { ref: false })
      }
    }
    this.#tell([...this.#listeners.keys()], 'changed')
  }

  #tell(channels: readonly string[], what: 'changed' | 'gone'): void {
    for (const channel of channels) for (const tell of this.#listeners.get(channel) ?? []) tell(what)
  }
}
