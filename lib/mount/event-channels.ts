import { createHmac, type KeyObject, createSecretKey } from 'node:crypto'
import { channel, type Channel } from 'node:diagnostics_channel'
import type { Random } from '../base/random.ts'
import type { RefusalReason } from '../base/refusal.ts'
import type { SessionEvent, SessionEventName } from '../contracts/events.ts'
import type { FoundSession } from '../contracts/tracker.ts'

const NAMES: Readonly<Record<SessionEventName, true>> = {
  created: true,
  read: true,
  updated: true,
  touched: true,
  regenerated: true,
  destroyed: true,
  gone: true,
  rejected: true,
  committed: true,
}

const channels = Object.fromEntries(
  Object.keys(NAMES).map((name) => [name, channel(`koa-typed-sessions:${name}`)]),
) as Record<SessionEventName, Channel>

/** Publishes session events on their diagnostics channels. Without a subscriber nothing is computed, not even the hashed id. */
export class EventChannels {
  readonly #key: KeyObject

  constructor(random: Random) {
    this.#key = createSecretKey(random(32))
  }

  publish(event: SessionEventName, session: string, tracked?: FoundSession | null, reason?: RefusalReason): void {
    const { [event]: target } = channels
    if (!target.hasSubscribers) return
    const message: SessionEvent = {
      session,
      ...(tracked?.row && { id: createHmac('sha256', this.#key).update(tracked.row.key).digest('base64url') }),
      ...(reason && { reason }),
    }
    target.publish(message)
  }
}
