import { createHmac, type KeyObject, createSecretKey } from 'node:crypto'
import { channel, type Channel } from 'node:diagnostics_channel'
import type { Random } from '../base/random.ts'
import type { RefusalReason } from '../base/refusal.ts'
import type { SessionEvent, SessionEventName } from '../contracts/events.ts'
import type { Tracked } from '../contracts/tracker.ts'

const NAMES: readonly SessionEventName[] = [
  'created',
  'read',
  'updated',
  'touched',
  'regenerated',
  'destroyed',
  'gone',
  'rejected',
  'committed',
]

const channels = Object.fromEntries(NAMES.map((name) => [name, channel(`koa-typed-sessions:${name}`)])) as Record<
  SessionEventName,
  Channel
>

/** Tells the diagnostics channels. Costs nothing while nobody listens: not even the hash is made. */
export class Observer {
  readonly #key: KeyObject

  constructor(random: Random) {
    this.#key = createSecretKey(random(32))
  }

  tell(event: SessionEventName, session: string, tracked?: Tracked | null, reason?: RefusalReason): void {
    const { [event]: watched } = channels
    if (!watched.hasSubscribers) return
    const message: SessionEvent = {
      session,
      ...(tracked?.row && { id: createHmac('sha256', this.#key).update(tracked.row.key).digest('base64url') }),
      ...(reason && { reason }),
    }
    watched.publish(message)
  }
}
