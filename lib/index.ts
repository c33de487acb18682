/**
 * Typed, named sessions for Koa.
 *
 * @module koa-typed-sessions
 */

export {
  authenticate,
  requireFresh,
  type AuthenticateOptions,
  type Challenge,
  type ChallengeReason,
  type Guard,
  type RequireFreshOptions,
} from './koa/guard.ts'
export type { ConnectOptions } from './koa/socket/connect-options.ts'
export type { AttachableSocket, Connection } from './koa/socket/connection.ts'
export type { SessionsManagement } from './koa/management.ts'
export { sessions, type SessionsMiddleware } from './koa/middleware.ts'
export { returnPath } from './koa/return-path.ts'
export type { SessionsOptions } from './koa/sessions-options.ts'
export { SESSION_PROTOCOL } from './koa/socket/subprotocol.ts'
export type { GoneReason } from './mount/watch-listeners.ts'
export type { Session, SessionEntry, SessionKeyOf } from './request/session.ts'
export type { ListedSession } from './mount/device-list.ts'
export type { Sessions, SetOptions } from './request/sessions.ts'

export { cookie } from './definition/cookie.ts'
export { header } from './definition/header.ts'
export { session } from './definition/session.ts'
export type { AnyDefinition, DefinitionOf, SessionDefinition, SessionValue } from './definition/definition.ts'
export type {
  CookieSessionOptions,
  CustomSessionOptions,
  HeaderSessionOptions,
  SessionOptions,
} from './definition/options.ts'

export { encrypt, type EncryptOptions } from './transformers/encrypt.ts'
export type { Key, Keys } from './transformers/key-ring.ts'
export { plain } from './transformers/plain.ts'
export { seal, type SealOptions } from './transformers/seal.ts'
export { sign } from './transformers/sign.ts'
export { transformer, type TransformerOptions } from './transformers/transformer.ts'

export type { SessionClass } from './serializers/instances.ts'
export { jsonSerializer } from './serializers/json.ts'
export { superjsonSerializer } from './serializers/superjson.ts'

export { cachedStorage, type CachedStorageOptions } from './storages/cached.ts'
export { directoryStorage, type DirectoryStorageOptions } from './storages/directory.ts'
export { memoryStorage, type MemoryStorageOptions } from './storages/memory.ts'
export { storageFrom, type StorageFromOptions, type TextStorage } from './storages/text.ts'

export type { CookieAttributes, PerRequest } from './transports/cookie-attributes.ts'
export type { CookieOptions } from './transports/cookie.ts'
export type { HeaderOptions } from './transports/header.ts'

export type { Clock } from './base/clock.ts'
export type { Duration } from './base/duration.ts'
export type { Random } from './base/random.ts'
export type { RefusalReason } from './base/refusal.ts'
export type { StandardSchema } from './base/standard-schema.ts'

export type { SessionEvent, SessionEventName, SweepEvent } from './contracts/events.ts'
export type { SessionSerializer } from './contracts/serializer.ts'
export type { SessionStorage } from './contracts/storage.ts'
export type { SessionTransformer } from './contracts/transformer.ts'
export type { SessionTransport } from './contracts/transport.ts'

export {
  isSessionError,
  SessionConfigError,
  SessionConflictError,
  SessionError,
  SessionGoneError,
  SessionKeysError,
  SessionNotLoadedError,
  SessionNotMountedError,
  SessionStorageError,
  SessionTooLargeError,
  SessionTooLateError,
  SessionValueError,
  type AnySessionError,
  type SessionErrorCode,
} from './errors.ts'
