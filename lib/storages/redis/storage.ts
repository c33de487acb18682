import type { SessionRecord } from '../../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../../contracts/storage.ts'
import type { CommandPort } from './client.ts'
import type { Names } from './names.ts'
import { deadlineOf, fieldsOf, FIELDS, recordFrom } from './record-fields.ts'
import { rotateAtOnce, rotateInSteps } from './rotate.ts'
import { isReply, run, type ScriptReply } from './script.ts'
import { CREATE, DELETE, TOUCH, UPDATE } from './scripts.ts'
import { SubjectIndex } from './subject-index.ts'

/** The verbs on Redis: one command each, a script where it both looks and writes. */
export class RedisStorage implements SessionStorage {
  readonly #port: CommandPort
  readonly #names: Names
  readonly #index: SubjectIndex

  constructor(port: CommandPort, names: Names) {
    this.#port = port
    this.#names = names
    this.#index = new SubjectIndex(port, names)
  }

  async create(key: string, record: SessionRecord): Promise<boolean> {
    const given = { ...record }
    const indexedUntil = await this.#enter(key, given)
    const args = ['PEXPIREAT', deadlineOf(given.expiresAt), ...fieldsOf(given, 1, indexedUntil)]
    return (await run(this.#port, CREATE, [this.#names.session(key)], args)).outcome === 'ok'
  }

  read(key: string): Promise<SessionRecord | null> {
    return this.#fields(key, FIELDS, recordFrom)
  }

  async update(key: string, record: SessionRecord, expected: number): Promise<UpdateOutcome> {
    const given = { ...record }
    const name = this.#names.session(key)
    const attempt = async (indexedUntil?: number): Promise<string> => {
      const args = [`${expected}`, name, deadlineOf(given.expiresAt), ...fieldsOf(given, expected + 1, indexedUntil)]
      return (await run(this.#port, UPDATE, [name], args)).outcome
    }
    const outcome = await attempt()
    return (outcome === 'unindexed' ? await attempt(await this.#enter(key, given)) : outcome) as UpdateOutcome
  }

  async touch(key: string, expiresAt: number): Promise<boolean> {
    const name = this.#names.session(key)
    const attempt = (...indexed: string[]): Promise<ScriptReply> =>
      run(this.#port, TOUCH, [name], [`${expiresAt}`, deadlineOf(expiresAt), name, ...indexed])
    let { outcome, subject } = await attempt()
    // More than once only where the subject is changed meanwhile.
    while (outcome === 'unindexed' && subject !== undefined) {
      const indexedUntil = await this.#index.add(subject, key, expiresAt)
      ;({ outcome, subject } = await attempt(subject, `${indexedUntil}`))
    }
    return outcome === 'ok'
  }

  async delete(key: string): Promise<boolean> {
    const name = this.#names.session(key)
    const { outcome, subject } = await run(this.#port, DELETE, [name], [name])
    if (outcome === 'ok') this.#index.drop(subject, key)
    return outcome === 'ok'
  }

  async rotate(from: string, to: string, record: SessionRecord, expected: number): Promise<RotateOutcome> {
    const given = { ...record }
    const indexedUntil = await this.#enter(to, given)
    const names = { from: this.#names.session(from), to: this.#names.session(to) }
    const rotate = this.#port.isCluster ? rotateInSteps : rotateAtOnce
    const { outcome, subject } = await rotate(this.#port, { ...names, record: given, expected, indexedUntil })
    if (outcome === 'ok') this.#index.drop(subject, from)
    return outcome
  }

  /** Goes through the index until it has nothing new: what is rotated meanwhile stands there under its next key. */
  async *list(subject: string): AsyncGenerator<{ key: string; record: SessionRecord }> {
    const seen = new Set<string>()
    for (let before = -1; seen.size > before;) {
      before = seen.size
      for await (const key of this.#index.keys(subject)) {
        if (seen.has(key)) continue
        seen.add(key)
        const record = await this.#readMoving(key)
        if (record?.subject === subject) yield { key, record }
      }
    }
  }

  /** Also what is just being moved there, so that it can be deleted. */
  async #readMoving(key: string): Promise<SessionRecord | null> {
    return this.#fields(key, ['n', ...FIELDS], ([moving, version, ...rest]) => recordFrom([version ?? moving, ...rest]))
  }

  #fields(
    key: string,
    fields: readonly string[],
    from: (values: readonly unknown[]) => SessionRecord | null,
  ): Promise<SessionRecord | null> {
    const name = this.#names.session(key)
    return this.#port.send(name, 'HMGET', [name, ...fields]).then(
      (values) => from(values as unknown[]),
      (error: unknown) => {
        if (isReply(error, 'WRONGTYPE')) return null
        throw error
      },
    )
  }

  async #enter(key: string, { subject, expiresAt }: SessionRecord): Promise<number | undefined> {
    return subject === undefined ? undefined : await this.#index.add(subject, key, expiresAt)
  }
}
