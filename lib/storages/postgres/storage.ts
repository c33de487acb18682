import type { SessionRecord } from '../../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../../contracts/storage.ts'
import { KeyWatch } from './key-watch.ts'
import { lineOf } from './line.ts'
import type { PostgresPool } from './pool.ts'
import { idOf, recordOf, type Row, valuesOf } from './row.ts'
import { migrationOf, schemaOf } from './schema.ts'
import { type Statements, statementsOf } from './statements.ts'
import type { Table } from './table.ts'
import { fromColumn, toColumn } from './text.ts'

/** How many keys are listed, and how many rows swept, by one statement. */
const BATCH = 1000

const UNIQUE_VIOLATION = '23505'

/** A storage that can make its table. */
export interface PostgresStorage extends SessionStorage {
  /** The statements that make the table and its indexes, for those who run migrations themselves. */
  readonly schema: string
  /**
   * Makes the table and its indexes, if they are not there. Any number of processes may call it at once, each time they
   * start. The schema that the table is in must be there, and the user may create tables in it.
   */
  migrate(): Promise<void>
}

/** Each verb is one statement: atomic, with no transaction to be held open and no connection to be held. */
export class PooledStorage implements PostgresStorage {
  readonly #pool: PostgresPool
  readonly #table: Table
  readonly #statements: Statements
  readonly #watch: KeyWatch | undefined
  readonly watch?: NonNullable<SessionStorage['watch']>

  constructor(pool: PostgresPool, table: Table, announce: boolean) {
    this.#pool = pool
    this.#table = table
    this.#statements = statementsOf(table, announce)
    const line = announce ? lineOf(pool, table.channel) : undefined
    if (line === undefined) return
    const watch = new KeyWatch(line)
    this.#watch = watch
    this.watch = (keys, listener) => watch.watch(keys, listener)
  }

  get schema(): string {
    return schemaOf(this.#table)
  }

  async migrate(): Promise<void> {
    await this.#rows(migrationOf(this.#table), [])
  }

  async create(key: string, record: SessionRecord): Promise<boolean> {
    return (await this.#rows(this.#statements.create, [idOf(key), toColumn(key), ...valuesOf(record)])).length > 0
  }

  async read(key: string): Promise<SessionRecord | null> {
    const [row] = await this.#rows<Row>(this.#statements.read, [idOf(key)])
    return row === undefined ? null : recordOf(row)
  }

  async update(key: string, record: SessionRecord, expected: number): Promise<UpdateOutcome> {
    const values = [idOf(key), expected, ...valuesOf(record)]
    const [row] = await this.#rows<{ outcome: UpdateOutcome }>(this.#statements.update, values)
    return row?.outcome ?? 'gone'
  }

  async touch(key: string, expiresAt: number): Promise<boolean> {
    return (await this.#rows(this.#statements.touch, [idOf(key), expiresAt])).length > 0
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#rows(this.#statements.delete, [idOf(key)])).length > 0
  }

  async rotate(from: string, to: string, record: SessionRecord, expected: number): Promise<RotateOutcome> {
    const values = [idOf(from), expected, ...valuesOf(record), idOf(to), toColumn(to)]
    try {
      const [row] = await this.#rows<{ outcome: RotateOutcome }>(this.#statements.rotate, values)
      return row?.outcome ?? 'gone'
    } catch (error) {
      // Somebody else was faster: the key was free when the statement looked, and taken when it wrote.
      if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION) return 'exists'
      throw error
    }
  }

  async *list(subject: string): AsyncGenerator<{ key: string; record: SessionRecord }> {
    const seen = new Set<string>()
    // Until a pass brings nothing new: what gets another key meanwhile may go from one not yet listed to one already passed.
    for (let before = -1; seen.size > before;) {
      before = seen.size
      for await (const key of this.#keys(idOf(subject))) {
        if (seen.has(key)) continue
        seen.add(key)
        // Read when its turn has come: it may be gone by then.
        const record = await this.read(key)
        if (record?.subject === subject) yield { key, record }
      }
    }
  }

  async sweep(limit: number = BATCH): Promise<number> {
    let removed = 0
    while (limit - removed >= 1) {
      const batch = Math.min(Math.floor(limit - removed), BATCH)
      const [counts] = await this.#rows<{ due: unknown; removed: unknown }>(this.#statements.sweep, [batch])
      removed += Number(counts?.removed)
      if (Number(counts?.due) < batch) break
    }
    return removed
  }

  async countExpired(): Promise<number> {
    const [row] = await this.#rows<{ expired: unknown }>(this.#statements.countExpired, [])
    return Number(row?.expired)
  }

  async close(): Promise<void> {
    await this.#watch?.close()
  }

  async *#keys(owner: string): AsyncGenerator<string> {
    for (let after = ''; ;) {
      const rows = await this.#rows<{ id: string; key: string }>(this.#statements.list, [owner, after, BATCH])
      for (const { key } of rows) yield fromColumn(key)
      const last = rows.at(-1)
      if (last === undefined || rows.length < BATCH) return
      after = last.id
    }
  }

  async #rows<R>(statement: string, values: unknown[]): Promise<R[]> {
    return (await this.#pool.query(statement, values)).rows as R[]
  }
}
