import { randomText } from '../base/random.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { Tickets } from '../contracts/tracker.ts'
import { readData, writeData } from '../formats/envelope.ts'
import { encryptionWith } from '../transformers/encrypt.ts'
import type { RowParts } from './by-id-parts.ts'

/** How long a ticket is valid, in milliseconds: the page redeems it at once. */
const LIFETIME = 30_000
const TICKET_BYTES = 32
const TICKET = /^[\w-]{43}$/
const IDENTITY_BYTES = 16

/**
 * Tickets in the storage of their sessions. The key is a hash of the ticket, and the text is encrypted with the ticket, so that a reader
 * of the storage can decrypt nothing. The request that deletes the row has redeemed the ticket, on any node.
 */
export class StoredTickets implements Tickets {
  readonly #parts: RowParts

  constructor(parts: RowParts) {
    this.#parts = parts
  }

  async issue(purpose: string, text: string): Promise<string> {
    const { storage, keys, clock, random } = this.#parts
    const ticket = randomText(random, TICKET_BYTES)
    const encrypted = this.#encryption(purpose, ticket).encode(text)
    const now = clock()
    const record: SessionRecord = {
      data: writeData(random, encrypted),
      version: 1,
      createdAt: now,
      expiresAt: now + LIFETIME,
      identity: randomText(random, IDENTITY_BYTES),
    }
    await storage.create(keys.ticketKey(purpose, ticket), record)
    return ticket
  }

  async redeem(purpose: string, ticket: string): Promise<string | null> {
    if (!TICKET.test(ticket)) return null
    const { storage, keys, clock } = this.#parts
    const key = keys.ticketKey(purpose, ticket)
    // Brief: a WebSocket upgrade waits for it.
    const record = await storage.read(key, 'brief')
    if (record === null || !(await storage.take(key)) || record.expiresAt <= clock()) return null
    const decoded = this.#encryption(purpose, ticket).decode(readData(record.data) ?? '')
    return decoded.refused === undefined ? decoded.text : null
  }

  #encryption(purpose: string, ticket: string): ReturnType<typeof encryptionWith> {
    return encryptionWith(ticket, { name: purpose, transport: 'ticket', random: this.#parts.random })
  }
}
