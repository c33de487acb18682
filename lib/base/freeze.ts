/**
 * Freezes a value as far as it can be: plain objects, arrays, and the value itself whatever its class. Says whether that
 * is all of it; a Map or a Date in it stays changeable, so that such a value must not be shared.
 *
 * @throws TypeError where a property is named `__proto__`: copied onto another object it would change its prototype.
 */
export function freeze(value: object): boolean {
  return visit(value, new Set())
}

/** `visited`: a value may hold itself, and being frozen says nothing of what is in it. */
function visit(value: object, visited: Set<object>): boolean {
  Object.freeze(value)
  visited.add(value)
  let whole = true
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw new TypeError('a property must not be named __proto__')
    const property: unknown = (value as Record<string, unknown>)[key]
    if (typeof property !== 'object' || property === null || visited.has(property)) continue
    whole = isPlain(property) ? visit(property, visited) && whole : false
  }
  return whole
}

/** Whether a value is an object literal or an array, and so wholly in its properties. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || Array.isArray(value)
}
