import { open } from 'node:fs/promises'
import { attempt } from './fs-error.ts'
import { FILE_MODE } from './layout.ts'

/** Makes an empty file, which is whole as soon as it is there. `false`: that name is taken. */
export async function makeEmptyFile(path: string): Promise<boolean> {
  return attempt(
    open(path, 'wx', FILE_MODE).then((handle) => handle.close()),
    'EEXIST',
  )
}
