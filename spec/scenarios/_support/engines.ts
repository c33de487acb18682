import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { directoryStorage, memoryStorage, type Clock, type SessionStorage } from 'koa-typed-sessions'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** The engines that every install has: what is promised on every storage is tried on each. */
export const ENGINES: Readonly<
  Record<string, (t: Pick<ExecutionContext, 'teardown'>, clock?: Clock) => SessionStorage>
> = {
  // Without a bound, so that it may hold revocations as well.
  'in memory': (_, clock) => memoryStorage({ maxSessions: Infinity, ...(clock && { clock }) }),
  'in a directory': (t, clock) => directoryStorage(join(temporaryFolder(t), 'sessions'), clock ? { clock } : {}),
}
