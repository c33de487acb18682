import type { ExecutionContext } from 'ava'
import session from 'express-session'
import memorystore from 'memorystore'
import sessionFileStore from 'session-file-store'
import type { ExpressStore } from 'koa-typed-sessions/express-store'
import { temporaryFolder } from './temporary-folder.ts'

/** The least that is a store: keeps what it is given, the very object, and answers before it returns. */
export class PlainStore implements ExpressStore {
  readonly sessions: Map<string, unknown>

  constructor(sessions: Map<string, unknown> = new Map()) {
    this.sessions = sessions
  }

  get(sid: string, callback: (error: unknown, session?: unknown) => void): void {
    callback(null, this.sessions.get(sid))
  }

  set(sid: string, value: unknown, callback: (error?: unknown) => void): void {
    this.sessions.set(sid, value)
    callback()
  }

  destroy(sid: string, callback: (error?: unknown) => void): void {
    this.sessions.delete(sid)
    callback()
  }
}

const MemoryStore = memorystore(session)
const FileStore = sessionFileStore(session)

/** session-file-store on a folder of its own, as our manual says to set it. */
export function fileStore(t: Pick<ExecutionContext, 'teardown'>, path: string = temporaryFolder(t)): session.Store {
  return new FileStore({ path, retries: 0, reapInterval: -1, logFn: () => undefined })
}

/** The stores that need no engine; each comes empty. */
export const STORES: Readonly<Record<string, (t: Pick<ExecutionContext, 'teardown'>) => ExpressStore>> = {
  'the least of stores': () => new PlainStore(),
  "express-session's own": () => new session.MemoryStore(),
  memorystore: () => new MemoryStore({}),
  'session-file-store': (t) => fileStore(t),
}
