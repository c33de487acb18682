import { systemClock } from '../../../base/clock.ts'
import type { SessionRecord } from '../../../contracts/record.ts'
import type { SessionStorage } from '../../../contracts/storage.ts'
import type { Assertions, CreateStorage, Scenario, StorageCapabilities } from '../scenario.ts'
import { HOUR, movedTime, realTime, type Time, TooSlow } from './time.ts'

export { DAY, HOUR } from './time.ts'

/** How long `soon` is where a scenario has to wait for it. The next is tried where the one before was too short. */
const UNITS = [300, 1_200, 4_800, 19_200]

/** What a storage may have or not: see `StorageCapabilities`. */
export type Capability = keyof StorageCapabilities

/** A scenario before it is known what it is a part of, and how time passes in it. */
export interface StorageScenario extends Omit<Scenario, 'guarantee' | 'run'> {
  play(stage: Stage): Promise<void>
}

/** What a scenario plays with: a storage of its own, and the time that this storage goes by. */
export interface Stage extends Time {
  readonly t: Assertions
  readonly storage: SessionStorage
  /** A record that lives for an hour, with the given fields changed. */
  record(changes?: Partial<SessionRecord>): SessionRecord
}

/** Describes a scenario; `needs` names the capabilities without which it is left out. */
export function scenario(
  title: string,
  play: (stage: Stage) => Promise<void>,
  ...needs: readonly Capability[]
): StorageScenario {
  return { title, needs, play }
}

/** Plays a scenario with a storage that goes by the clock that it is given. */
export async function playInMovedTime({ play }: StorageScenario, t: Assertions, create: CreateStorage): Promise<void> {
  const time = movedTime()
  await playOnce(play, t, await create({ clock: time.clock }), time)
}

/**
 * Plays a scenario with a storage that goes by its own clock. Where something that belongs before a deadline came too late, the
 * machine is slow and nothing is known of the storage: the scenario is played again, with more time.
 */
export async function playInRealTime({ play }: StorageScenario, t: Assertions, create: CreateStorage): Promise<void> {
  for (const [attempt, unit] of UNITS.entries()) {
    try {
      const storage = await create({ clock: systemClock })
      return await playOnce(play, t, storage, realTime(unit))
    } catch (error) {
      if (!(error instanceof TooSlow) || attempt === UNITS.length - 1) throw error
    }
  }
}

async function playOnce(
  play: StorageScenario['play'],
  t: Assertions,
  storage: SessionStorage,
  time: Time,
): Promise<void> {
  try {
    await play({ ...time, t, storage, record: (changes) => sampleRecord(time.clock(), changes) })
  } finally {
    await storage.close?.()
  }
}

function sampleRecord(now: number, changes?: Partial<SessionRecord>): SessionRecord {
  return { data: 'first', version: 1, createdAt: now, expiresAt: now + HOUR, identity: 'identity', ...changes }
}
