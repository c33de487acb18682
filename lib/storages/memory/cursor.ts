/**
 * Goes round and round over the values of a map, a few at a time. It keeps its place while values come and go: an
 * iterator of a `Map` does.
 */
export class Cursor<T> {
  readonly #map: ReadonlyMap<unknown, T>
  #place: Iterator<T>

  constructor(map: ReadonlyMap<unknown, T>) {
    this.#map = map
    this.#place = map.values()
  }

  /** The next value, from the beginning again after the last; `undefined` where the map is empty. */
  next(): T | undefined {
    const { done, value } = this.#place.next()
    if (!done) return value
    this.#place = this.#map.values()
    return this.#place.next().value
  }
}
