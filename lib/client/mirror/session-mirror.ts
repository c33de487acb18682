import type { Frozen } from '../frozen.ts'
import type { MirrorStatus } from './mirror-state.ts'

type Key<T> = keyof T & string

/** The options of `connectSession`. */
export interface ConnectSessionOptions {
  /** The text of `mirror.snapshot(ctx)`, which the server has put into the page. Default: none. */
  readonly initial?: string
  /** Request headers, for a session in a header. Tabs do not share the stream of such a mirror. Default: none. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /**
   * Called after the values of one subject have replaced those of another. Use `() => location.reload()` if the page shows
   * other data of the user too. Default: nothing.
   */
  readonly onIdentityChange?: () => void
  /** The bounds of the pause before a reconnection, in milliseconds. Default: 1,000 and 30,000. */
  readonly retry?: { readonly min: number; readonly max: number }
}

/** A read-only mirror of a session on the server. Created by `connectSession`. */
export interface SessionMirror<T extends object> {
  /**
   * `pending`: the server has not answered yet. `live`: the values are current. `stale`: the connection is lost, and the
   * values are the last known ones, until they expire. `gone`: there is no session. Reactive.
   */
  readonly status: MirrorStatus
  /** The value of a key, or `undefined`. Reactive. */
  get<K extends Key<T>>(key: K): Frozen<T[K]> | undefined
  /** Whether the key has this value. Reactive: an autorun runs again when the key gets or loses this value. */
  equals<K extends Key<T>>(key: K, value: T[K] | Frozen<T[K]> | undefined): boolean
  /** All values, frozen, the same object until one changes; `undefined` if no session is shown. Reactive. */
  all(): Frozen<T> | undefined
  /** Like `all`, but not reactive. Can be passed on unbound. */
  readonly getSnapshot: () => Frozen<T> | undefined
  /**
   * Calls the listener immediately, and after changes: of one key, or of any value or `status`. Returns a function that ends
   * the subscription.
   */
  readonly subscribe: {
    <K extends Key<T>>(key: K, listener: (value: Frozen<T[K]> | undefined) => void): () => void
    (listener: (value: Frozen<T> | undefined) => void, invalidate?: () => void): () => void
  }
  /** Checks the server again, as after a sign-in by `fetch`. */
  refresh(): void
  /** Closes the connection. The values stay, with the status `stale`. */
  close(): void
}
