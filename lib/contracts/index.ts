/**
 * The types for authors of storages, transports, transformers and serializers. A session's options need none of them by name.
 *
 * @module koa-typed-sessions/contracts
 */

export type { Awaitable } from '../base/awaitable.ts'
export type { Refused } from '../base/refusal.ts'
export type { Exchange, RequestContext } from './exchange.ts'
export type { SessionRecord } from './record.ts'
export type { SessionSerializer } from './serializer.ts'
export type { RotateOutcome, SessionStorage, UpdateOutcome } from './storage.ts'
export type { BoundTransformer, Decoded, Purpose, SessionTransformer } from './transformer.ts'
export type { SessionTransport } from './transport.ts'
