import type { Kind } from './annotations.ts'
import { writeLeaf } from './leaf.ts'
import { pathTo, type Place } from './path.ts'

/** How JSON becomes the original value: `[kind]`, or `[kind, { path: annotation }]`. */
type Annotation = readonly [Kind] | readonly [Kind, Annotations]
type Annotations = Record<string, Annotation>

/** A value in superjson's format. */
export interface Written {
  readonly json: unknown
  readonly meta: {
    readonly values?: Annotation | Annotations
    readonly referentialEqualities?: unknown
    readonly v: 1
  }
}

/** The Set or Map around a place, or the whole value: paths of annotations start there. */
interface Around {
  readonly place: Place | undefined
  readonly annotations: Annotations
}

/**
 * Writes a storable value in superjson's format, so that superjson can read it too. An object that occurs in several places is written at
 * the first one and referred to at the others, as with superjson's option `dedupe`.
 *
 * @param keepsSame Otherwise, an object is written at each place where it occurs. There must be no cycle then.
 */
export function writeRich(value: unknown, keepsSame: boolean): Written {
  return new Writer(keepsSame).write(value)
}

class Writer {
  /** The places of each object; `undefined` for the value itself. */
  readonly #places: Map<object, (Place | undefined)[]> | undefined
  #root: Annotation | undefined

  constructor(keepsSame: boolean) {
    this.#places = keepsSame ? new Map() : undefined
  }

  write(value: unknown): Written {
    const annotations: Annotations = {}
    const json = this.#visit(value, undefined, { place: undefined, annotations })
    const values = this.#root ?? unlessEmpty(annotations)
    const equalities = this.#equalities()
    const meta = { ...(values && { values }), ...(equalities && { referentialEqualities: equalities }), v: 1 as const }
    return { json, meta }
  }

  #visit(value: unknown, place: Place | undefined, around: Around): unknown {
    const isObject = typeof value === 'object' && value !== null
    if (isObject && this.#isKnown(value, place)) return null
    const leaf = writeLeaf(value)
    if (leaf) {
      this.#annotate(place, around, [leaf.kind])
      return leaf.json
    }
    if (!isObject) return value
    if (!(value instanceof Map || value instanceof Set)) return this.#visitParts(value, place, around)
    const annotations: Annotations = {}
    const json = this.#visitParts([...value], place, { place, annotations })
    const kind = value instanceof Map ? 'map' : 'set'
    this.#annotate(place, around, unlessEmpty(annotations) ? [kind, annotations] : [kind])
    return json
  }

  #visitParts(value: object, above: Place | undefined, around: Around): unknown {
    if (Array.isArray(value))
      return value.map((item, index) => this.#visit(item, { above, step: String(index) }, around))
    const json: Record<string, unknown> = {}
    for (const step of Object.keys(value)) {
      json[step] = this.#visit((value as Record<string, unknown>)[step], { above, step }, around)
    }
    return json
  }

  #annotate(place: Place | undefined, around: Around, annotation: Annotation): void {
    if (place) around.annotations[pathTo(place, around.place)] = annotation
    else this.#root = annotation
  }

  #isKnown(value: object, place: Place | undefined): boolean {
    const places = this.#places?.get(value)
    if (places) places.push(place)
    else this.#places?.set(value, [place])
    return places !== undefined
  }

  #equalities(): object | undefined {
    let root: readonly string[] | undefined
    const below: Record<string, readonly string[]> = {}
    for (const [first, ...others] of this.#places?.values() ?? []) {
      if (others.length === 0) continue
      // Only the first place can be the value itself.
      const paths = others.map((place) => pathTo(place as Place, undefined))
      if (first) below[pathTo(first, undefined)] = paths
      else root = paths
    }
    const named = unlessEmpty(below)
    return root ? [root, ...(named ? [named] : [])] : named
  }
}

function unlessEmpty<T>(paths: Record<string, T>): Record<string, T> | undefined {
  return Object.keys(paths).length > 0 ? paths : undefined
}
