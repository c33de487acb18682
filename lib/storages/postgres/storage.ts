import type { SessionRecord } from '../../contracts/record.ts'
import type { RotateOutcome, SessionStorage, UpdateOutcome } from '../../contracts/storage.ts'
import { listUntilStable } from '../shared/list-until-stable.ts'
import { fromColumn, toColumn } from './column-text.ts'
import { listenTo } from './listen.ts'
import type { PostgresPool } from './pool.ts'
import { migrationOf, schemaOf } from './schema.ts'
import { type Statements, statementsOf } from './statements.ts'
import { idOf, recordOf, type TableRow, valuesOf } from './table-row.ts'
import type { Table } from './table.ts'
import { PostgresWatch } from './watch.ts'

/** How many keys one statement lists, and how many rows it sweeps. */
const BATCH = 1000

const UNIQUE_VIOLATION = '23505'

/** A storage that can create its table. */
export interface PostgresStorage extends SessionStorage {
  /** The statements that create the table and its indexes, if you run migrations yourself. */
  readonly schema: string
  /**
   * Creates the table and its indexes if they do not exist. Any number of processes may call it at the same time, at each start. The
   * schema of the table must exist, and the user needs the right to create tables in it.
   */
  migrate(): Promise<void>
}

/** Sessions in a table. Each operation is one statement: atomic, without a transaction or a connection to hold. */
export class PostgresSessionStorage implements PostgresStorage {
  readonly #pool: PostgresPool
  readonly #table: Table
  readonly #statements: Statements
  readonly #watch: PostgresWatch | undefined
  readonly watch?: NonNullable<SessionStorage['watch']>

  constructor(pool: PostgresPool, table: Table, announce: boolean) {
    this.#pool = pool
    this.#table = table
    this.#statements = statementsOf(table, announce)
    const listen = announce ? listenTo(pool, table.channel) : undefined
    if (listen === undefined) return
    const watch = new PostgresWatch(listen)
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
    const [row] = await this.#rows<TableRow>(this.#statements.read, [idOf(key)])
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
      // The key was free when the statement checked it, and taken when it wrote.
      if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION) return 'exists'
      throw error
    }
  }

  list(subject: string): AsyncGenerator<{ key: string; record: SessionRecord }> {
    return listUntilStable(
      () => this.#keysOf(subject),
      async (key) => {
        const record = await this.read(key)
        return record?.subject === subject ? { key, record } : null
      },
    )
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

  async *#keysOf(subject: string): AsyncGenerator<string> {
    const owner = idOf(subject)
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
