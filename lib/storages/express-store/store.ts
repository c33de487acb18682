/**
 * What is used of a store of express-session: its three required methods, each of which answers by its callback. `touch`
 * is not among them, since that of some stores creates what is gone.
 */
export interface ExpressStore {
  get(sid: string, callback: (error?: unknown, session?: unknown) => void): unknown
  set(sid: string, session: unknown, callback: (error?: unknown) => void): unknown
  destroy(sid: string, callback: (error?: unknown) => void): unknown
}
