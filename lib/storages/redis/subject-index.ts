import { NEVER } from '../../base/clock.ts'
import { type CommandPort, replyText } from './client.ts'
import type { Names } from './names.ts'
import { run } from './script.ts'
import { INDEX } from './scripts.ts'

/** How much longer than its session an entry stays, in milliseconds: a touch within it need not update the index, on another node. */
const GRACE = 30 * 86_400_000
const PAGE = '100'

/**
 * The session keys of each subject: a sorted set per subject, by the instant until which the entry is kept. The entry is written
 * before the session and outlives it, as the scripts ensure: no live session is missing, and ended entries can be removed without
 * looking at their sessions. The index may have too many entries: readers check the session.
 */
export class SubjectIndex {
  readonly #port: CommandPort
  readonly #names: Names

  constructor(port: CommandPort, names: Names) {
    this.#port = port
    this.#names = names
  }

  /** Adds the entry of a session that is about to be written. Returns when the entry ends. */
  async add(subject: string, key: string, expiresAt: number): Promise<number> {
    const until = Math.min(Math.ceil(expiresAt) + GRACE, NEVER)
    await run(this.#port, INDEX, [this.#names.subject(subject)], [key, `${until}`])
    return until
  }

  /** Removes the entry of a destroyed session, in the background: if that fails, the entry ends later. */
  drop(subject: string | undefined, key: string): void {
    if (subject === undefined) return
    const name = this.#names.subject(subject)
    this.#port.send(name, 'ZREM', [name, key]).catch(() => undefined)
  }

  /** The session keys of the subject, possibly repeated, and possibly with keys of sessions that are gone. */
  async *keys(subject: string): AsyncGenerator<string> {
    const name = this.#names.subject(subject)
    let cursor = '0'
    do {
      const reply = (await this.#port.send(name, 'ZSCAN', [name, cursor, 'COUNT', PAGE])) as [unknown, unknown[]]
      cursor = replyText(reply[0]) ?? '0'
      for (let at = 0; at < reply[1].length; at += 2) yield replyText(reply[1][at]) as string
    } while (cursor !== '0')
  }
}
