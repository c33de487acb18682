import type { Clock } from '../../base/clock.ts'
import type { SessionStorage } from '../../contracts/storage.ts'
import { TextSessionStorage } from '../text/storage.ts'
import type { ExpressStore } from './store.ts'
import { textsIn } from './store-texts.ts'

/** A storage whose guarantees hold inside one process only. */
export interface ExpressStorage extends SessionStorage {
  /** No update is lost and no destroyed session comes back among the requests of this process. */
  readonly scope: 'process'
}

/** Sessions as texts in an express-session store. */
export class ExpressSessionStorage extends TextSessionStorage implements ExpressStorage {
  readonly scope = 'process'

  constructor(store: ExpressStore, clock: Clock) {
    super(textsIn(store, clock), clock)
  }
}
