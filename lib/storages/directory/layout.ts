import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { sha256Hex } from '../../base/digest.ts'

/** Folders are accessible to their owner only. */
export const FOLDER_MODE = 0o700
/** Files are accessible to their owner only. */
export const FILE_MODE = 0o600

/**
 * The name of a key or a subject on disk: 64 hex digits. Hashed as JSON, in which every string is well-formed: in UTF-8, all lone
 * surrogates would be the same.
 */
export function nameOf(text: string): string {
  return sha256Hex(JSON.stringify(text))
}

/**
 * The paths below the root. Sessions and subjects are spread over 256 folders by their first two digits.
 *
 *     sessions/9f/86d0…/3             version 3 of a session: a record file
 *     sessions/9f/86d0…/t3-1767225…   version 3 was touched: it expires at that instant
 *     subjects/e3/b0c4…/9f86d0…       an empty file: the subject has that session
 *     tmp/…                           record files that are being written
 *     trash/…                         folders of destroyed sessions
 */
export class Layout {
  readonly root: string
  readonly sessions: string
  readonly subjects: string
  readonly tmp: string
  readonly trash: string

  constructor(path: string) {
    this.root = resolve(path)
    this.sessions = `${this.root}/sessions`
    this.subjects = `${this.root}/subjects`
    this.tmp = `${this.root}/tmp`
    this.trash = `${this.root}/trash`
  }

  /** The folder of the session with that name. */
  session(name: string): string {
    return spread(this.sessions, name)
  }

  /** The folder of the subject with that name. */
  subject(name: string): string {
    return spread(this.subjects, name)
  }

  /** A new path in `tmp`. */
  newTemporary(): string {
    return `${this.tmp}/${randomUUID()}`
  }

  /** A new path in `trash`. */
  newTrash(): string {
    return `${this.trash}/${randomUUID()}`
  }
}

function spread(folder: string, name: string): string {
  return `${folder}/${name.slice(0, 2)}/${name.slice(2)}`
}
