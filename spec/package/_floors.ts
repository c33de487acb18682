import { posix } from 'node:path'

/** The floors of the house, from the ground up: the rooms on each. */
const FLOORS: readonly (readonly string[])[] = [
  ['errors.ts'],
  ['base'],
  ['contracts'],
  ['serializers', 'transformers', 'storages', 'transports', 'formats', 'wire'],
  ['trackers'],
  ['definition'],
  ['mount'],
  ['request'],
  ['koa'],
  ['live', 'testing', 'interop', 'client'],
  ['index.ts'],
]

const FLOOR = new Map(FLOORS.flatMap((rooms, floor) => rooms.map((room) => [room, floor] as const)))

/** Rooms that see less than all floors below them: what they see. */
const SEEN: Readonly<Record<string, readonly string[]>> = {
  definition: ['errors.ts', 'base', 'contracts', 'serializers', 'transformers', 'transports', 'formats', 'trackers'],
  testing: ['errors.ts', 'base', 'contracts', 'transformers', 'definition', 'mount', 'request'],
  client: ['wire'],
}

/** Rooms whose parts have an order of their own: each part imports only parts before it. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  client: ['environment.ts', 'errors.ts', 'frozen.ts', 'reactive', 'mirror', 'index.ts'],
}

/** Which packages a room knows. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  transformers: ['iron-webcrypto'],
  koa: ['koa'],
  live: ['koa'],
}

/** Rooms that must run where Node is not. */
const WITHOUT_NODE: readonly string[] = ['client', 'wire']

/** What breaks the order of the house: one line each. `modules` are the sources by their path in `lib`. */
export function violations(modules: ReadonlyMap<string, string>): string[] {
  const imports = new Map(Array.from(modules, ([path, source]) => [path, importsOf(source)]))
  const wrong = [...imports].flatMap(([path, specifiers]) => {
    if (!FLOOR.has(roomOf(path)) || partOf(path) === -1) return [`${path} stands on no floor`]
    return specifiers.map((specifier) => objection(path, specifier)).filter((line) => line !== undefined)
  })
  return [...wrong, ...cycles(imports)]
}

function objection(path: string, specifier: string): string | undefined {
  const room = roomOf(path)
  const what = `${path} imports ${specifier}`
  if (specifier.startsWith('node:'))
    return WITHOUT_NODE.includes(room) ? `${what}: ${room} runs without Node` : undefined
  if (!specifier.startsWith('.'))
    return PACKAGES[room]?.includes(specifier) ? undefined : `${what}: ${room} knows no such package`
  const targetPath = resolve(path, specifier)
  const target = roomOf(targetPath)
  if (target === room) return partOf(targetPath) > partOf(path) ? `${what}: upwards in its room` : undefined
  const floor = FLOOR.get(room) ?? -1
  const below = FLOOR.get(target) ?? Infinity
  if (below > floor) return `${what}: upwards`
  if (below === floor) return `${what}: rooms of one floor are blind to each other`
  if (SEEN[room]?.includes(target) === false) return `${what}: ${room} does not see ${target}`
  return undefined
}

/** The names of all modules that a source names: by value, by type, by name for a declaration, at run time. */
function importsOf(source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
  const naming =
    /^(?:import|export)\b[^'"`;]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|^declare module '([^']+)'|\bimport\(\s*'([^']+)'/gm
  return [...code.matchAll(naming)].map((match) => match.slice(1).find((name) => name !== undefined) ?? '')
}

function cycles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const seen = trail.indexOf(path)
    if (seen !== -1) found.push(`a circle: ${[...trail.slice(seen), path].join(' -> ')}`)
    if (seen !== -1 || done.has(path)) return
    for (const specifier of imports.get(path) ?? []) {
      if (specifier.startsWith('.')) visit(resolve(path, specifier), [...trail, path])
    }
    done.add(path)
  }
  for (const path of imports.keys()) visit(path, [])
  return found
}

function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier)
}

/** The place of a module among the parts of its room: -1 if its part is unknown, 0 if the room has no parts. */
function partOf(path: string): number {
  const [room = '', part = ''] = path.split('/')
  return PARTS[room]?.indexOf(part) ?? 0
}

function roomOf(path: string): string {
  return path.split('/')[0] ?? path
}
