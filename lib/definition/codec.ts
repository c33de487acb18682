import { freeze, isPlain } from '../base/freeze.ts'
import type { SessionSerializer } from '../contracts/serializer.ts'
import { SessionError, SessionValueError } from '../errors.ts'
import { instances } from '../serializers/instances.ts'
import { jsonSerializer, strictJson } from '../serializers/json.ts'
import { rewritable } from '../serializers/rewritable.ts'
import { sound } from '../serializers/sound.ts'
import { superjsonSerializer, superjsonTree } from '../serializers/superjson.ts'
import { validated } from '../serializers/validated.ts'
import { isAuthenticated, type SessionOptions } from './options.ts'

/** A value as it was read. */
export interface Read {
  readonly value: object
  /** Whether it cannot be changed by anybody, and so may be handed out again. */
  readonly lasting: boolean
}

/** A session's values as text and back: its serializer, schema and class, one around the other. */
export interface Codec {
  /** @throws SessionValueError (`ERR_SESSION_VALUE`), naming the session and the path in the value. */
  write(value: unknown): string
  /** A value that was put together from its keys, which has no class. @throws SessionValueError as `write` does. */
  writeKeys(value: object): string
  /** `null` where the text does not hold what the definition promises. Never throws for it. */
  read(text: string): Read | null
  /** A single value of a key, or a few of them, by the serializer alone: a schema sees only the whole. */
  writePart(path: string, value: unknown): string
  readPart(text: string): unknown
}

export function codec(name: string, options: SessionOptions<object>): Codec {
  const { serializer = superjsonSerializer, schema, type } = options
  const base = trusted(name, serializer, isAuthenticated(options))
  const keys = schema ? validated(base, schema) : base
  const whole = type ? instances(keys, type) : keys
  return {
    write(value) {
      if (typeof value !== 'object' || value === null) {
        const given = value === null ? 'null' : typeof value
        throw new SessionValueError(`session '${name}' holds an object, not ${given}; clear() ends it`, '', name)
      }
      return stringify(name, whole, value)
    },
    writeKeys: (value) => stringify(name, keys, value),
    read(text) {
      try {
        const value = whole.parse(text)
        if (typeof value !== 'object' || value === null) return null
        return { value, lasting: (type !== undefined || isPlain(value)) && freeze(value) }
      } catch (error) {
        // A schema that answers with a promise is the app's mistake; anything else is a text that is not ours.
        if (error instanceof SessionError && !(error instanceof SessionValueError)) throw error
        return null
      }
    },
    writePart: (path, value) => stringify(name, base, { [path]: value }),
    readPart: (text) => base.parse(text),
  }
}

/** A serializer that can be trusted with its contract, and where a client may have written the text, with that. */
function trusted(name: string, serializer: SessionSerializer, authenticated: boolean): SessionSerializer {
  if (serializer === superjsonSerializer) return authenticated ? serializer : superjsonTree
  if (serializer === jsonSerializer) return authenticated ? serializer : strictJson
  const held = sound(name, serializer)
  return authenticated ? held : rewritable(held)
}

function stringify(name: string, serializer: SessionSerializer, value: object): string {
  try {
    return serializer.stringify(value)
  } catch (error) {
    if (error instanceof SessionValueError && error.session === undefined) {
      throw new SessionValueError(`session '${name}': ${error.message}`, error.path, name, error.cause)
    }
    if (error instanceof SessionError) throw error
    throw new SessionValueError(`the serializer of session '${name}' refuses the value`, '', name, error)
  }
}
