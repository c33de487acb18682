/**
 * Freezes a value as deeply as possible: the value itself, and all plain objects and arrays in it. Returns whether it is frozen completely: a
 * Map or a Date in it can still be changed, so that the value must not be shared.
 *
 * @param visited For cycles: a frozen object may hold objects that are not frozen.
 * @throws TypeError if a property is named `__proto__`: copying it to another object would change that object's prototype.
 */
export function freeze(value: object, visited: Set<object> = new Set()): boolean {
  Object.freeze(value)
  visited.add(value)
  let whole = true
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw new TypeError('a property must not be named __proto__')
    const property: unknown = (value as Record<string, unknown>)[key]
    if (typeof property !== 'object' || property === null || visited.has(property)) continue
    whole = isPlain(property) ? freeze(property, visited) && whole : false
  }
  return whole
}

/** Whether a value is a plain object or an array, so that its properties are all of it. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || Array.isArray(value)
}
