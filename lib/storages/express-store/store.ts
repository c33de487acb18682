/**
 * The part of an express-session store that the storage uses: its three required methods, each of which answers by its callback.
 * `touch` is not used, since in some stores it creates a missing session.
 */
export interface ExpressStore {
  get(sid: string, callback: (error?: unknown, session?: unknown) => void): unknown
  set(sid: string, session: unknown, callback: (error?: unknown) => void): unknown
  destroy(sid: string, callback: (error?: unknown) => void): unknown
}
