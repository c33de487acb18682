import { NEVER } from '../../base/clock.ts'
import { type CommandPort, replyText } from './client.ts'
import type { Names } from './names.ts'
import { run } from './script.ts'
import { INDEX } from './scripts.ts'

/** How much longer than its session an entry stays: till then no touch need tell the index, on another node. */
const GRACE = 30 * 86_400_000
const PAGE = '100'

/**
 * Whose sessions are where: a sorted set per subject, of the keys of its sessions by the instant until which they are
 * kept. A session is entered before it is written, and never outlives its entry (the scripts see to that): so no live
 * session is missing, and what is past can be removed unseen. There may be entries too many: who reads one looks.
 */
export class SubjectIndex {
  readonly #port: CommandPort
  readonly #names: Names

  constructor(port: CommandPort, names: Names) {
    this.#port = port
    this.#names = names
  }

  /** Enters a session that is about to be written, and says until when it is kept. */
  async add(subject: string, key: string, expiresAt: number): Promise<number> {
    const until = Math.min(Math.ceil(expiresAt) + GRACE, NEVER)
    await run(this.#port, INDEX, [this.#names.subject(subject)], [key, `${until}`])
    return until
  }

  /** Removes a session that is gone. Nobody waits for it: if it fails, the entry goes when its time comes. */
  drop(subject: string | undefined, key: string): void {
    if (subject === undefined) return
    const name = this.#names.subject(subject)
    this.#port.send(name, 'ZREM', [name, key]).catch(() => undefined)
  }

  /** The keys of the subject's sessions, some of them twice, and of some that are gone. */
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
