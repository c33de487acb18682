import type { AnyDefinition, DefinitionOf } from '../../definition/definition.ts'
import type { GoneReason } from '../../mount/watch-listeners.ts'

/** The part of a WebSocket that sessions need: a socket of `ws`, or any with these methods. */
export interface AttachableSocket {
  close(code?: number, reason?: string): void
  on(event: 'close' | 'error' | 'message', listener: () => void): unknown
}

/**
 * The sessions of one WebSocket: those that the upgrade request presented. Each is watched until it is gone, and all until the
 * connection closes. Closing stores nothing, so that an ended session cannot come back.
 */
export interface Connection {
  /**
   * The session's current value; `undefined` if there is no session, or no longer. Costs nothing if the storage reports changes, as
   * memory, Redis and PostgreSQL do, and one read otherwise. Read-only, like that of `ctx.sessions.get`.
   *
   * @throws SessionStorageError (`ERR_SESSION_STORAGE`) if it must be read and cannot.
   * @throws SessionNotMountedError (`ERR_SESSION_NOT_MOUNTED`) if this `sessions([…])` has not mounted the definition.
   */
  get<T extends object>(definition: DefinitionOf<T>): Promise<Readonly<T> | undefined>
  /**
   * Changes the value as `ctx.sessions.update` does, without losing a concurrent change; by id only. Returning `undefined` ends the
   * session. Costs a read and a write.
   *
   * @throws SessionGoneError (`ERR_SESSION_GONE`) if the session has ended: a write that races a logout loses.
   * @throws SessionTooLateError (`ERR_SESSION_TOO_LATE`) if the client would need a new token: for a new session, another subject or
   *   a session by value. See {@link Connection.ticket}.
   */
  update<T extends object, R extends T | undefined>(
    definition: DefinitionOf<T>,
    change: (value: Readonly<T> | undefined) => R,
  ): Promise<R>
  /**
   * Issues a ticket for a login with this value: the page posts it to a handler, which calls `middleware.redeem(ctx, ticket)`. Valid
   * once, for 30 seconds, on any node.
   *
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`) by value.
   * @throws SessionValueError (`ERR_SESSION_VALUE`) if the value cannot be stored.
   * @throws SessionTooLargeError (`ERR_SESSION_TOO_LARGE`) above `maxSize`.
   */
  ticket<T extends object>(definition: DefinitionOf<T>, value: NoInfer<T>): Promise<string>
  /**
   * A session has a new value, written by any request or process. An error that a listener throws, or rejects with, goes to the
   * app's `error` event.
   */
  on(event: 'change', listener: (definition: AnyDefinition) => unknown): void
  /** A session is gone. `ended`: cleared, revoked or given another id, with which the client may connect again. */
  on(event: 'gone', listener: (definition: AnyDefinition, reason: GoneReason) => unknown): void
  off(event: 'change' | 'gone', listener: (definition: AnyDefinition, reason: GoneReason) => unknown): void
  /**
   * Closes this socket when one of its sessions is gone: with 3000, "unauthorized" in IANA's registry, and the reason. Counts its
   * messages as activity if `touch` says so. Adds an `error` listener, so that a protocol error does not end the process.
   */
  attach(socket: AttachableSocket): void
  /** Stops watching the sessions, and leaves the socket open. Called automatically when the connection closes. */
  close(): void
}
