import { systemClock } from '../../base/clock.ts'
import type { SessionRecord } from '../../contracts/record.ts'
import type { SessionStorage } from '../../contracts/storage.ts'
import { type ManualClock, manualClock } from '../manual-clock.ts'
import type { Assertions, Scenario } from '../scenario.ts'

export const HOUR = 3_600_000
export const DAY = 86_400_000

/** What a storage may have or not: see `StorageCapabilities`. */
export type Capability = 'list' | 'sweep' | 'countExpired' | 'clock'

/** A scenario before it is known what it is a part of. */
export interface StorageScenario extends Omit<Scenario, 'guarantee'> {
  readonly needs: readonly Capability[]
}

/** What a scenario plays with: a storage of its own, and the clock that this storage goes by. */
export interface Stage {
  readonly t: Assertions
  readonly storage: SessionStorage
  readonly clock: ManualClock
  /** A record that lives for an hour, with the given fields changed. */
  record(changes?: Partial<SessionRecord>): SessionRecord
}

/** Describes a scenario; `needs` names the capabilities without which it is left out. */
export function scenario(
  title: string,
  play: (stage: Stage) => Promise<void>,
  ...needs: readonly Capability[]
): StorageScenario {
  return {
    title,
    needs,
    async run(t, create) {
      // The machine's time, so that an engine with a clock of its own agrees for as long as this one is not moved.
      const clock = manualClock(systemClock())
      const storage = await create({ clock })
      try {
        await play({ t, storage, clock, record: (changes) => sampleRecord(clock(), changes) })
      } finally {
        await storage.close?.()
      }
    },
  }
}

function sampleRecord(now: number, changes?: Partial<SessionRecord>): SessionRecord {
  return { data: 'first', version: 1, createdAt: now, expiresAt: now + HOUR, identity: 'identity', ...changes }
}
