import { expectTypeOf } from 'expect-type'
import {
  isSessionError,
  type AnySessionError,
  type SessionError,
  type SessionErrorCode,
  type SessionStorageError,
} from 'koa-typed-sessions'

// A code narrows to its class.
export function sizeOf(error: unknown): number {
  if (isSessionError(error) && error.code === 'ERR_SESSION_TOO_LARGE') return error.size - error.limit
  return 0
}

export function describe(error: unknown): string {
  if (!isSessionError(error)) return ''
  switch (error.code) {
    case 'ERR_SESSION_VALUE':
      return error.path
    case 'ERR_SESSION_STORAGE':
      expectTypeOf(error).toEqualTypeOf<SessionStorageError>()
      return error.message
    default:
      // @ts-expect-error -- only one class has a path, and it is handled above
      return error.path
  }
}

// The union has all classes and no other: each is the base class, and each code is one of theirs.
expectTypeOf<AnySessionError>().toExtend<SessionError>()
expectTypeOf<AnySessionError['code']>().toEqualTypeOf<SessionErrorCode>()
expectTypeOf<SessionErrorCode>().toEqualTypeOf<
  | 'ERR_SESSION_CONFIG'
  | 'ERR_SESSION_KEYS'
  | 'ERR_SESSION_NOT_MOUNTED'
  | 'ERR_SESSION_NOT_LOADED'
  | 'ERR_SESSION_VALUE'
  | 'ERR_SESSION_TOO_LARGE'
  | 'ERR_SESSION_TOO_LATE'
  | 'ERR_SESSION_STORAGE'
  | 'ERR_SESSION_CONFLICT'
  | 'ERR_SESSION_GONE'
>()
