import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** A file of the repository, by its path in it. */
export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

const GENERATED = new Set(['.git', '.sessions', 'coverage', 'dist', 'node_modules'])

/** The paths of all files in a folder of the repository and below, `''` for all of it; nothing that tools have made. */
export function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !GENERATED.has(entry.name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      return entry.isDirectory() ? filesIn(path) : [path]
    })
    .sort()
}

/** All modules of the library, by their path in `lib`. */
export function modules(): Map<string, string> {
  const paths = filesIn('lib').filter((path) => path.endsWith('.ts'))
  return new Map(paths.map((path) => [path.slice('lib/'.length), read(path)]))
}

/** What `package.json` says, as far as the specs ask. */
export interface Manifest {
  name: string
  version: string
  exports: Record<string, string | Record<string, string>>
  dependencies: Record<string, string>
  peerDependencies: Record<string, string>
}

export const manifest: Manifest = JSON.parse(read('package.json'))

/** The doors: the name that users import, and the conditions with their files. Not `./package.json`, which is no code. */
export const doors = new Map(
  Object.entries(manifest.exports)
    .filter((entry): entry is [string, Record<string, string>] => typeof entry[1] === 'object')
    .map(([path, conditions]) => [`${manifest.name}${path.slice(1)}`, conditions]),
)

/** The condition under which a door is its source. */
export const SOURCE = `${manifest.name}-source`

/** The source of a door. */
export function sourceOf(door: string): string {
  return doors.get(door)?.[SOURCE]?.replace(/^\.\//, '') ?? ''
}
