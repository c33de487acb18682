import { statSync } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { doneUnless } from './fs-error.ts'
import { parseMark, versionOf } from './session-folder.ts'

/**
 * Removes the versions that were superseded more than `retention` ago, and all marks of versions before `current`.
 *
 * Not earlier: a writer that read the folder before the number was taken would find it free again, and win.
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
    // Later versions are younger; or the folder is gone.
    if (successor === undefined || now - successor.ctimeMs < retention) break
    await doneUnless(unlink(`${folder}/${version}`), 'ENOENT')
  }
  for (const name of names) {
    const mark = parseMark(name)
    if (mark !== null && mark.version < current) await doneUnless(unlink(`${folder}/${name}`), 'ENOENT')
  }
}
