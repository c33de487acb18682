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
export type { ConnectOptions } from './koa/connect-options.ts'
export type { AttachableSocket, Connection } from './koa/connection.ts'
export type { SessionsManagement } from './koa/management.ts'
export { sessions, type SessionsMiddleware, type SessionsOptions } from './koa/middleware.ts'
export { returnPath } from './koa/return-path.ts'
export { SESSION_PROTOCOL } from './koa/session-protocol.ts'
export type { GoneReason } from './session/following.ts'
export type { Session, SessionEntry, SessionKeyOf } from './session/session.ts'
export type { ListedSession } from './session/subjects.ts'
export type { Sessions, SetOptions } from './session/sessions.ts'

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

export type { Awaitable } from './base/awaitable.ts'
export type { Clock } from './base/clock.ts'
export type { Duration } from './base/duration.ts'
export type { Random } from './base/random.ts'
export type { RefusalReason, Refused } from './base/refusal.ts'
export type { StandardSchema } from './base/standard-schema.ts'

export type { Exchange, RequestContext } from './contracts/exchange.ts'
export type { SessionEvent, SessionEventName, SweepEvent } from './contracts/observer.ts'
export type { SessionRecord } from './contracts/record.ts'
export type { SessionSerializer } from './contracts/serializer.ts'
export type { RotateOutcome, SessionStorage, UpdateOutcome } from './contracts/storage.ts'
export type { BoundTransformer, Decoded, Purpose, SessionTransformer } from './contracts/transformer.ts'
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
  type SessionErrorCode,
} from './errors.ts'
