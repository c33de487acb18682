import type { Frozen } from '../frozen.ts'
import type { MirrorStatus } from './mirror-state.ts'

type Key<T> = keyof T & string

/** The options of `connectSession`. */
export interface ConnectSessionOptions {
  /** What the server has put into the page: the text that `mirror.snapshot(ctx)` gave. Default: none. */
  readonly initial?: string
  /** Headers of the request, for a session that travels in one. Such a mirror is not shared between tabs. Default: none. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /**
   * Called after the values of one user have given way to those of another. `() => location.reload()` is right where the
   * page shows more of a user than this mirror does. Default: nothing.
   */
  readonly onIdentityChange?: () => void
  /** The bounds of the pause before a lost connection is tried again, in milliseconds. Default: 1,000 and 30,000. */
  readonly retry?: { readonly min: number; readonly max: number }
}

/** A read-only mirror of what a session on the server shows. Made by `connectSession`. */
export interface SessionMirror<T extends object> {
  /**
   * `pending`: the server has not answered yet. `live`: this is what the session shows. `stale`: the connection is lost,
   * and this is what it showed last, or nothing since that has expired. `gone`: there is no session. Reactive.
   */
  readonly status: MirrorStatus
  /** The value of one key, `undefined` where there is none. Reactive. */
  get<K extends Key<T>>(key: K): Frozen<T[K]> | undefined
  /** Whether the value of one key equals this one. Reactive: costs only those whose answer may be another one. */
  equals<K extends Key<T>>(key: K, value: T[K] | Frozen<T[K]> | undefined): boolean
  /** All that the session shows, frozen, the same object until it changes; `undefined` where nothing is shown. Reactive. */
  all(): Frozen<T> | undefined
  /** As `all`; no autorun depends on it. May be passed on without its object. */
  readonly getSnapshot: () => Frozen<T> | undefined
  /** Calls the listener at once, and again after changes: of one key, or of anything, `status` too. Gives what ends it. */
  readonly subscribe: {
    <K extends Key<T>>(key: K, listener: (value: Frozen<T[K]> | undefined) => void): () => void
    (listener: (value: Frozen<T> | undefined) => void, invalidate?: () => void): () => void
  }
  /** Asks the server again: after a request of one's own that has signed somebody in. */
  refresh(): void
  /** Ends the connection. What is shown stays, and is `stale`. */
  close(): void
}
