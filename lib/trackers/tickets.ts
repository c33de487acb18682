import type { Clock } from '../base/clock.ts'
import { randomText, type Random } from '../base/random.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { Tickets } from '../contracts/tracker.ts'
import { readData, writeData } from '../formats/envelope.ts'
import { encryptionWith } from '../transformers/encrypt.ts'
import type { Ids } from './id.ts'
import type { RetryingStorage } from './retrying-storage.ts'

/** For how long a ticket is good, in milliseconds: the page swaps it at once. */
const LIFETIME = 30_000
const TICKET_BYTES = 32
const TICKET = /^[\w-]{43}$/
const IDENTITY_BYTES = 16

interface Parts {
  readonly rows: RetryingStorage
  readonly ids: Ids
  readonly clock: Clock
  readonly random: Random
}

/**
 * Tickets in the storage of the sessions that they are about. The row stands under the hash of the ticket, and what is in it is
 * encrypted with the ticket: who reads the storage can open nothing. Whoever deletes the row has redeemed it, on any node.
 */
export class StoredTickets implements Tickets {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async issue(purpose: string, text: string): Promise<string> {
    const { rows, ids, clock, random } = this.#parts
    const ticket = randomText(random, TICKET_BYTES)
    const sealed = this.#encryption(purpose, ticket).encode(text)
    const now = clock()
    const record: SessionRecord = {
      data: writeData(random, sealed),
      version: 1,
      createdAt: now,
      expiresAt: now + LIFETIME,
      identity: randomText(random, IDENTITY_BYTES),
    }
    await rows.create(ids.ticketKey(purpose, ticket), record)
    return ticket
  }

  async redeem(purpose: string, ticket: string): Promise<string | null> {
    if (!TICKET.test(ticket)) return null
    const { rows, ids, clock } = this.#parts
    const key = ids.ticketKey(purpose, ticket)
    // An upgrade waits for it: not longer than for a read before a handler.
    const record = await rows.read(key, false)
    if (record === null || !(await rows.take(key)) || record.expiresAt <= clock()) return null
    const decoded = this.#encryption(purpose, ticket).decode(readData(record.data) ?? '')
    return decoded.refused === undefined ? decoded.text : null
  }

  #encryption(purpose: string, ticket: string): ReturnType<typeof encryptionWith> {
    return encryptionWith(ticket, { name: purpose, transport: 'ticket', random: this.#parts.random })
  }
}
