import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError } from '../shared/engine-error.ts'
import { KeyListeners, type KeyListener } from '../shared/key-listeners.ts'
import type { OpenSubscription, Subscription } from './subscription.ts'

/** The pause between two attempts to restore a lost subscription, in milliseconds. */
const RETRY = 250

/**
 * Shares one connection between all calls of `watch`; the first call opens it. After it was lost and restored, every listener is
 * told `changed`: messages may have been lost.
 */
export class RedisWatch {
  readonly #open: OpenSubscription
  readonly #channelOf: (key: string) => string
  readonly #listeners: KeyListeners
  /** The channels that the connection is subscribed to. */
  readonly #subscribed = new Set<string>()
  /** The channels that may have to be subscribed to, or unsubscribed from. */
  readonly #due = new Set<string>()
  #turn: Promise<void> = Promise.resolve()
  #subscription: Subscription | undefined
  #closed = false

  constructor(open: OpenSubscription, channelOf: (key: string) => string) {
    this.#open = open
    this.#channelOf = channelOf
    this.#listeners = new KeyListeners(channelOf)
  }

  /** Resolves as soon as every further change is reported. */
  async watch(keys: readonly string[], listener: KeyListener): Promise<() => Promise<void>> {
    const channels = keys.map(this.#channelOf)
    const remove = this.#listeners.add(keys, listener)
    const stop = (): Promise<void> => {
      remove()
      // If unsubscribing fails, the connection is broken, and has no subscriptions.
      return this.#adjust(channels).catch(() => undefined)
    }
    try {
      await this.#adjust(channels)
    } catch (error) {
      await stop()
      throw error
    }
    return stop
  }

  close(): void {
    this.#closed = true
    this.#listeners.clear()
    this.#subscribed.clear()
    this.#subscription?.close()
    this.#subscription = undefined
  }

  /** Runs one adjustment at a time, so that no `subscribe` overtakes an `unsubscribe`. Each one handles all due channels. */
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
      // Still due for the next adjustment, whose own channels may be among them.
      for (const channel of due) this.#due.add(channel)
      throw error
    }
  }

  async #connected(): Promise<Subscription> {
    if (this.#subscription !== undefined) return this.#subscription
    let opened: Subscription | 'lost' | undefined
    const subscription = await this.#open({
      message: (channel, text) => this.#listeners.notify(channel, text === 'gone' ? 'gone' : 'changed'),
      lost: () => {
        if (opened !== undefined && opened === this.#subscription) void this.#restore()
        opened = 'lost'
      },
    })
    if (opened === 'lost' || this.#closed) {
      subscription.close()
      throw new EngineError('the connection to Redis that watches was lost, or the storage closed', 'ECONNABORTED')
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
        await this.#adjust(this.#listeners.names())
        restored = true
      } catch {
        // Does not keep the process running.
        await sleep(RETRY, undefined, { ref: false })
      }
    }
    for (const channel of this.#listeners.names()) this.#listeners.notify(channel, 'changed')
  }
}
