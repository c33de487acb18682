/**
 * Names the kind of a value for an error message: `a string`, `an array`, `a Map`, `null`. Never shows the value itself, which may be a key or
 * an id.
 */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (typeof value !== 'object') return typeof value === 'function' && isClass(value) ? 'a class' : `a ${typeof value}`
  if (Array.isArray(value)) return 'an array'
  if (typeof (value as { then?: unknown }).then === 'function') return 'a promise'
  const { constructor } = value as { constructor?: unknown }
  const name = typeof constructor === 'function' ? constructor.name : ''
  if (name === '' || name === 'Object') return 'an object'
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`
}

/** Whether a function was written as a class. */
export function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))
}

/** Whether a value is a plain object, of any realm: a test runner may run the app in a context of its own. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty'))
}
