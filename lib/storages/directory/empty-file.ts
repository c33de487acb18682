import { open } from 'node:fs/promises'
import { doneUnless } from './fs-error.ts'
import { FILE_MODE } from './layout.ts'

/** Creates an empty file, which is complete as soon as it exists. `false`: the name is taken, or it failed with one of `codes`. */
export async function createEmptyFile(path: string, ...codes: readonly string[]): Promise<boolean> {
  return doneUnless(
    open(path, 'wx', FILE_MODE).then((handle) => handle.close()),
    'EEXIST',
    ...codes,
  )
}
