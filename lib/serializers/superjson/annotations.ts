import type { LeafKind } from './leaf.ts'
import { splitPath } from './path.ts'

/** The kinds of superjson that are used here. Its other kinds are never written, and so not read. */
export type Kind = LeafKind | 'set' | 'map'

const KINDS: ReadonlySet<unknown> = new Set(['undefined', 'bigint', 'Date', 'number', 'URL', 'set', 'map'])

/** One object that occurs in several places. It is created at the first of them. */
export interface Same {
  isMade: boolean
  value: unknown
}

/** The annotations of one place in the JSON, and of the places below it. */
export class Note {
  kind: Kind | undefined
  same: Same | undefined
  below: Map<string, Note> | undefined

  under(step: string): Note {
    this.below ??= new Map()
    let note = this.below.get(step)
    if (!note) this.below.set(step, (note = new Note()))
    return note
  }
}

/** A place in the JSON, and its annotations. */
interface Place {
  readonly note: Note
  readonly json: unknown
}

/**
 * Reads superjson's annotations, exactly as superjson writes them: each path leads to an own property or an index that exists, each place
 * is annotated at most once, and there is nothing else. Takes linear time.
 *
 * @param keepsSame Whether one object may occur in several places. Otherwise, each of them must have its own JSON.
 * @throws SyntaxError for anything else.
 */
export function readAnnotations(json: unknown, meta: unknown, keepsSame: boolean): Note {
  const { values, referentialEqualities, v, ...others } = members(meta)
  if (v !== 1 || Object.keys(others).length > 0) fail('annotations of another version')
  if (values === undefined && referentialEqualities === undefined) fail('annotations that say nothing')
  const root: Place = { note: new Note(), json }
  if (Array.isArray(values)) annotate(root, values)
  else if (values !== undefined) annotateBelow(root, values)
  if (Array.isArray(referentialEqualities)) {
    const [paths, below, ...more] = referentialEqualities as unknown[]
    if (more.length > 0) fail('equalities of too many parts')
    equate(root, root, paths, keepsSame)
    if (below !== undefined) equateBelow(root, below, keepsSame)
  } else if (referentialEqualities !== undefined) equateBelow(root, referentialEqualities, keepsSame)
  return root.note
}

/** `[kind]`, or `[kind, { path: annotation }]` for a Set or a Map, with paths from there. */
function annotate(place: Place, annotation: unknown): void {
  if (!Array.isArray(annotation)) return fail('an annotation that is no list')
  const [kind, inner, ...more] = annotation as unknown[]
  const { note } = place
  if (!KINDS.has(kind) || more.length > 0) fail('an annotation of another kind')
  if (note.kind !== undefined || note.below !== undefined) fail('a place that is annotated twice')
  note.kind = kind as Kind
  if (annotation.length === 1) return
  if (kind !== 'set' && kind !== 'map') fail('a value without parts that is annotated within')
  annotateBelow(place, inner)
}

function annotateBelow(from: Place, annotations: unknown): void {
  for (const [path, annotation] of annotated(annotations)) {
    annotate(
      follow(from, path, (note) => note.kind === undefined),
      annotation,
    )
  }
}

function equateBelow(root: Place, equalities: unknown, keepsSame: boolean): void {
  for (const [path, others] of annotated(equalities)) equate(root, follow(root, path, isContainer), others, keepsSame)
}

function equate(root: Place, first: Place, others: unknown, keepsSame: boolean): void {
  if (!Array.isArray(others) || others.length === 0) return fail('an equality of one place')
  const same: Same = { isMade: false, value: undefined }
  const places = others.map((path) => (typeof path === 'string' ? follow(root, path, isContainer) : fail('no path')))
  for (const { note, json } of [first, ...places]) {
    if (note.same) fail('a place with two equalities')
    if (note.kind === undefined && typeof json !== 'object') fail('an equality of what is no object')
    if (!keepsSame && json === null) fail('an object in several places, which is not kept here')
    note.same = keepsSame ? same : { ...same }
  }
}

function isContainer({ kind }: Note): boolean {
  return kind === undefined || kind === 'set' || kind === 'map'
}

/** @param mayPass Whether a path may go on through a place. */
function follow({ note, json }: Place, path: string, mayPass: (note: Note) => boolean): Place {
  let isStart = true
  for (const step of splitPath(path)) {
    if (!isStart && !mayPass(note)) fail('a path through a place that is annotated itself')
    json = part(json, step)
    note = note.under(step)
    isStart = false
  }
  return { note, json }
}

const INDEX = /^(?:0|[1-9]\d*)$/

function part(json: unknown, step: string): unknown {
  const isThere =
    typeof json === 'object' &&
    json !== null &&
    (Array.isArray(json) ? INDEX.test(step) : true) &&
    Object.hasOwn(json, step)
  return isThere ? (json as Record<string, unknown>)[step] : fail('a path to what is not there')
}

function annotated(tree: unknown): [string, unknown][] {
  const entries = Object.entries(members(tree))
  return entries.length > 0 ? entries : fail('annotations without a path')
}

/** The members of a JSON object. */
export function members(json: unknown): Record<string, unknown> {
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json)
  return isObject ? (json as Record<string, unknown>) : fail('a part that is no object')
}

export function fail(what: string): never {
  throw new SyntaxError(`superjson does not write ${what}`)
}
