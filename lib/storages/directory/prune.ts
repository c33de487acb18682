import { statSync } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { attempt } from './fs-error.ts'
import { parseMark, versionOf } from './session-folder.ts'

/**
 * Removes the versions that were superseded more than `retention` ago, and all marks of versions before `current`.
 *
 * Never earlier: a writer that looked before the number was taken would find it free again, and win.
 */
export async function prune(
  folder: string,
  names: readonly string[],
  current: number,
  now: number,
  retention: number,
): Promise<void> {
  const versions = names.map(versionOf).filter((version) => version > 0 && version < current)
  versions.sort((a, b) => a - b)
  for (const [index, version] of versions.entries()) {
    const successor = statSync(`${folder}/${versions[index + 1] ?? current}`, { throwIfNoEntry: false })
    // The later ones are younger still; or the folder has gone.
    if (successor === undefined || now - successor.ctimeMs < retention) break
    await attempt(unlink(`${folder}/${version}`), 'ENOENT')
  }
  for (const name of names) {
    const mark = parseMark(name)
    if (mark !== null && mark.version < current) await attempt(unlink(`${folder}/${name}`), 'ENOENT')
  }
}
