import { systemClock } from '../../../base/clock.ts'
import type { SessionRecord } from '../../../contracts/record.ts'
import type { SessionStorage } from '../../../contracts/storage.ts'
import type { Assertions, CreateStorage, Scenario, StorageCapabilities } from '../scenario.ts'
import { HOUR, movedTime, realTime, type Time, TooSlow } from './time.ts'

export { DAY, HOUR } from './time.ts'

/** The lengths of `soon` in real time, in ms. If one is too short for the machine, the next one is tried. */
const UNITS = [300, 1_200, 4_800, 19_200]

/** A capability of a storage, see `StorageCapabilities`. */
export type Capability = keyof StorageCapabilities

/** A scenario without its guarantee, for any kind of time. */
export interface StorageScenario extends Omit<Scenario, 'guarantee' | 'run'> {
  play(stage: Stage): Promise<void>
}

/** The world of a scenario: its storage, and the time that the storage uses. */
export interface Stage extends Time {
  readonly t: Assertions
  readonly storage: SessionStorage
  /** Returns a record that expires in an hour, with the given fields changed. */
  record(changes?: Partial<SessionRecord>): SessionRecord
}

/** Defines a scenario. `needs`: the capabilities that it needs. */
export function scenario(
  title: string,
  play: (stage: Stage) => Promise<void>,
  ...needs: readonly Capability[]
): StorageScenario {
  return { title, needs, play }
}

/** Plays a scenario with a storage that uses the given clock. */
export async function playInMovedTime({ play }: StorageScenario, t: Assertions, create: CreateStorage): Promise<void> {
  const time = movedTime()
  await playOnce(play, t, await create({ clock: time.clock }), time)
}

/**
 * Plays a scenario with a storage that uses its own clock. If a step misses its deadline, the machine is slow and the result says nothing about
 * the storage: the scenario is played again, with more time.
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
