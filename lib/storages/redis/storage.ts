import type { SessionRecord } from '../../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../../contracts/storage.ts'
import { listUntilStable } from '../shared/list-until-stable.ts'
import type { CommandPort } from './client.ts'
import type { Names } from './names.ts'
import { deadlineOf, fieldsOf, FIELDS, recordFrom } from './record-fields.ts'
import { rotateAtOnce, rotateInSteps } from './rotate.ts'
import { isReply, run, type ScriptReply } from './script.ts'
import { CREATE, DELETE, TOUCH, UPDATE } from './scripts.ts'
import { SubjectIndex } from './subject-index.ts'
import type { OpenSubscription } from './subscription.ts'
import { RedisWatch } from './watch.ts'

/** Sessions on Redis: each operation is one command, a script if it both checks and writes. */
export class RedisSessionStorage implements SessionStorage {
  readonly #port: CommandPort
  readonly #names: Names
  readonly #index: SubjectIndex
  readonly #watch: RedisWatch | undefined
  readonly watch?: NonNullable<SessionStorage['watch']>

  constructor(port: CommandPort, names: Names, open: OpenSubscription | undefined) {
    this.#port = port
    this.#names = names
    this.#index = new SubjectIndex(port, names)
    if (open === undefined) return
    const watch = new RedisWatch(open, names.session)
    this.#watch = watch
    this.watch = (keys, listener) => watch.watch(keys, listener)
  }

  async create(key: string, record: SessionRecord): Promise<boolean> {
    const copy = { ...record }
    const indexedUntil = await this.#addToIndex(key, copy)
    const args = ['PEXPIREAT', deadlineOf(copy.expiresAt), ...fieldsOf(copy, 1, indexedUntil)]
    return (await run(this.#port, CREATE, [this.#names.session(key)], args)).outcome === 'ok'
  }

  read(key: string): Promise<SessionRecord | null> {
    return this.#read(key, FIELDS, recordFrom)
  }

  async update(key: string, record: SessionRecord, expected: number): Promise<UpdateOutcome> {
    const copy = { ...record }
    const name = this.#names.session(key)
    const tryUpdate = async (indexedUntil?: number): Promise<string> => {
      const args = [`${expected}`, name, deadlineOf(copy.expiresAt), ...fieldsOf(copy, expected + 1, indexedUntil)]
      return (await run(this.#port, UPDATE, [name], args)).outcome
    }
    const outcome = await tryUpdate()
    return (outcome === 'unindexed' ? await tryUpdate(await this.#addToIndex(key, copy)) : outcome) as UpdateOutcome
  }

  async touch(key: string, expiresAt: number): Promise<boolean> {
    const name = this.#names.session(key)
    const tryTouch = (...indexed: string[]): Promise<ScriptReply> =>
      run(this.#port, TOUCH, [name], [`${expiresAt}`, deadlineOf(expiresAt), name, ...indexed])
    let { outcome, subject } = await tryTouch()
    // Repeated only if another request changes the subject meanwhile.
    while (outcome === 'unindexed' && subject !== undefined) {
      const indexedUntil = await this.#index.add(subject, key, expiresAt)
      ;({ outcome, subject } = await tryTouch(subject, `${indexedUntil}`))
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
    const copy = { ...record }
    const indexedUntil = await this.#addToIndex(to, copy)
    const names = { from: this.#names.session(from), to: this.#names.session(to) }
    const rotate = this.#port.isCluster ? rotateInSteps : rotateAtOnce
    const { outcome, subject } = await rotate(this.#port, { ...names, record: copy, expected, indexedUntil })
    if (outcome === 'ok') this.#index.drop(subject, from)
    return outcome
  }

  list(subject: string): AsyncGenerator<{ key: string; record: SessionRecord }> {
    return listUntilStable(
      () => this.#index.keys(subject),
      async (key) => {
        const record = await this.#readRotating(key)
        return record?.subject === subject ? { key, record } : null
      },
    )
  }

  close(): void {
    this.#watch?.close()
  }

  /** Also reads a session that is being rotated to this key, so that it can be deleted. */
  #readRotating(key: string): Promise<SessionRecord | null> {
    return this.#read(key, ['n', ...FIELDS], ([rotating, version, ...rest]) =>
      recordFrom([version ?? rotating, ...rest]),
    )
  }

  #read(
    key: string,
    fields: readonly string[],
    recordOf: (values: readonly unknown[]) => SessionRecord | null,
  ): Promise<SessionRecord | null> {
    const name = this.#names.session(key)
    return this.#port.send(name, 'HMGET', [name, ...fields]).then(
      (values) => recordOf(values as unknown[]),
      (error: unknown) => {
        if (isReply(error, 'WRONGTYPE')) return null
        throw error
      },
    )
  }

  async #addToIndex(key: string, { subject, expiresAt }: SessionRecord): Promise<number | undefined> {
    return subject === undefined ? undefined : await this.#index.add(subject, key, expiresAt)
  }
}
