import { freeze, isPlain } from '../base/freeze.ts'
import { kindOf } from '../base/kind.ts'
import type { SessionSerializer } from '../contracts/serializer.ts'
import { SessionError, SessionValueError } from '../errors.ts'
import { readBody } from '../formats/payload.ts'
import { instances } from '../serializers/instances.ts'
import { jsonSerializer, strictJson } from '../serializers/json.ts'
import { rewritable } from '../serializers/rewritable.ts'
import { sound } from '../serializers/sound.ts'
import { superjsonSerializer, superjsonTree } from '../serializers/superjson.ts'
import { validated } from '../serializers/validated.ts'
import { isAuthenticated, type SessionOptions } from './options.ts'

/** A value that was read. */
export interface Read {
  readonly value: object
  /** Whether the value is deeply frozen, so that it may be returned again. */
  readonly lasting: boolean
}

/** Turns a session's values into text and back: its serializer, schema and class, each around the one before. */
export interface Codec {
  /** @throws SessionValueError (`ERR_SESSION_VALUE`), naming the session and the path in the value. */
  write(value: unknown): string
  /** Writes a value that was assembled from its keys, and so has no class. @throws SessionValueError as `write` does. */
  writeKeys(value: object): string
  /** Reads a value; `null` if the text does not contain a value of the definition. Never throws for that. */
  read(text: string): Read | null
  /** Writes the value of one key, by the serializer alone: a schema validates only the whole value. */
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
        throw new SessionValueError(
          `session '${name}': the value must be an object, not ${kindOf(value)}; to end the session, call clear()`,
          '',
          name,
        )
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
        // An asynchronous schema is the app's mistake. Any other error means that the text is invalid.
        if (error instanceof SessionError && !(error instanceof SessionValueError)) throw error
        return null
      }
    },
    writePart: (path, value) => stringify(name, base, { [path]: value }),
    readPart: (text) => base.parse(text),
  }
}

/** The value in a session's text as it is stored; `undefined` if there is none, or it cannot be read. */
export function storedValue(by: Codec, text: string): object | undefined {
  const value = readBody(text)?.value
  return value === undefined ? undefined : by.read(value)?.value
}

/** The serializer, with checks that it keeps its contract, and, if a client may have written the text, that the value can be written again. */
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
    throw new SessionValueError(`session '${name}': the serializer refuses the value`, '', name, error)
  }
}
