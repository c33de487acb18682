import type { AnyDefinition, DefinitionOf } from '../../definition/definition.ts'
import type { GoneReason } from '../../mount/session-watch.ts'

/** A WebSocket as far as sessions need it: those of `ws`, and any that have these. */
export interface AttachableSocket {
  close(code?: number, reason?: string): void
  on(event: 'close' | 'error' | 'message', listener: () => void): unknown
}

/**
 * The sessions of one WebSocket: those that the upgrade request presented. Each is followed until it is gone, and all are let go
 * when the connection closes. Nothing is saved at close, so that nothing can come back.
 */
export interface Connection {
  /**
   * The session's value as it is now, `undefined` where there is none (any more). Costs nothing where the storage tells of
   * changes, as memory, Redis and PostgreSQL do, and one read otherwise. Read-only, as `ctx.sessions.get` gives it.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) where it must be read and cannot.
   * @throws SessionNotMountedError (`ERR_SESSION_NOT_MOUNTED`) for what this `sessions([…])` has not.
   */
  get<T extends object>(definition: DefinitionOf<T>): Promise<Readonly<T> | undefined>
  /**
   * Changes the value as `ctx.sessions.update` does, such that no concurrent change is lost; by id only. Giving `undefined` ends
   * the session. Costs a read and a write.
   *
   * @throws SessionGoneError (`ERR_SESSION_GONE`) where it has ended: a write that races a logout loses.
   * @throws SessionTooLateError (`ERR_SESSION_TOO_LATE`) where the client would need a new token: a new session, another
   *   subject, a session by value. See {@link Connection.ticket}.
   */
  update<T extends object, R extends T | undefined>(
    definition: DefinitionOf<T>,
    change: (value: Readonly<T> | undefined) => R,
  ): Promise<R>
  /**
   * A ticket for a login with this value: the page posts it to a handler of the app's, which calls `middleware.redeem(ctx, ticket)`.
   * Good once, for 30 seconds, on any node.
   *
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`) by value.
   * @throws SessionValueError (`ERR_SESSION_VALUE`) for what cannot be stored.
   */
  ticket<T extends object>(definition: DefinitionOf<T>, value: NoInfer<T>): Promise<string>
  /**
   * A session has another value now, whoever wrote it. What a listener throws, or rejects with, is told to the app's `error`
   * event.
   */
  on(event: 'change', listener: (definition: AnyDefinition) => unknown): void
  /** A session is gone. `ended`: cleared, revoked, or given another id; the client may come again with that. */
  on(event: 'gone', listener: (definition: AnyDefinition, reason: GoneReason) => unknown): void
  off(event: 'change' | 'gone', listener: (definition: AnyDefinition, reason: GoneReason) => unknown): void
  /**
   * Closes this socket when one of its sessions is gone: with 3000, "unauthorized" in IANA's registry, and the reason. Counts its
   * messages as activity where `touch` says so. Its `error` events are listened to from here on.
   */
  attach(socket: AttachableSocket): void
  /** Follows the sessions no longer. Happens by itself when the connection closes. Closes no socket. */
  close(): void
}
