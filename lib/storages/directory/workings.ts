import type { Clock } from '../../base/clock.ts'
import { Claims } from './claim.ts'
import { FolderGuard } from './folder-guard.ts'
import { Graveyard } from './graveyard.ts'
import type { Layout } from './layout.ts'
import type { Limits } from './limits.ts'
import { look, lookBeforeMove, type SessionFolder } from './session-folder.ts'
import { type Durability, Staging } from './staging.ts'
import { SubjectIndex } from './subject-index.ts'

/** What the verbs work with. `name` is always that of a key on disk. */
export interface Workings {
  readonly layout: Layout
  readonly guard: FolderGuard
  readonly clock: Clock
  readonly limits: Limits
  readonly staging: Staging
  readonly graveyard: Graveyard
  readonly claims: Claims
  readonly index: SubjectIndex
  /** What the session's folder says now. */
  look(name: string): SessionFolder
  /** As `look`; what is being rotated away is seen as it was before. */
  lookBeforeMove(name: string): SessionFolder
}

export function assemble(layout: Layout, clock: Clock, durability: Durability, limits: Limits): Workings {
  const guard = new FolderGuard(layout.root)
  const guarded =
    (lookInto: typeof lookBeforeMove) =>
    (name: string): SessionFolder => {
      const folder = layout.session(name)
      const state = guard.stateOf(folder)
      return state === 'ours' ? lookInto(folder, clock(), name) : { state, names: [], version: 0 }
    }
  const [lookNow, lookBefore] = [guarded(look), guarded(lookBeforeMove)]
  const staging = new Staging(layout, guard, durability)
  const graveyard = new Graveyard(layout, guard, clock)
  const claims = new Claims(layout, graveyard, limits, lookNow)
  const index = new SubjectIndex(layout, guard, staging, lookBefore)
  return { layout, guard, clock, limits, staging, graveyard, claims, index, look: lookNow, lookBeforeMove: lookBefore }
}
