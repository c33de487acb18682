import { isClass, kindOf } from '../../base/kind.ts'
import { SessionConfigError } from '../../errors.ts'

/** Describes a wrong argument, for the end of a message: `it was given a promise: await it first`. Never shows the value. */
export function given(value: unknown): string {
  const kind = kindOf(value)
  if (kind === 'a promise') return 'it was given a promise: await it first'
  if (isClass(value)) return 'it was given a class: make an instance of it with new'
  if (typeof value === 'function') return 'it was given a function: call it'
  return `it was given ${kind}`
}

/**
 * @param write What the developer should write instead, for the message.
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if `value` lacks one of the methods.
 */
export function checkMethods(what: string, value: unknown, methods: readonly string[], write: string): void {
  const missing =
    typeof value === 'object' && value !== null
      ? methods.find((method) => typeof (value as Readonly<Record<string, unknown>>)[method] !== 'function')
      : methods[0]
  if (missing === undefined) return
  throw new SessionConfigError(`${what} needs ${missing}: ${write}; ${given(value)}`)
}
