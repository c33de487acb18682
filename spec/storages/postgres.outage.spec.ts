import { setImmediate as nextTurn } from 'node:timers/promises'
import test from 'ava'
import { postgresStorage, type PostgresStorage } from '../../lib/storages/postgres.ts'
import { record } from '../support/postgres-record.ts'
import { postgresPool } from '../support/postgres-pool.ts'
import { noOwnServer, ownServer } from '../support/postgres-server.ts'
import { until } from '../support/until.ts'

const WORKERS = 16
const OUTAGES = 3

/** What one session's only writer knows of it: what was confirmed, and what may have happened without an answer. */
class Ledger {
  readonly #storage: PostgresStorage
  readonly #key: string
  confirmed = 0
  answers = 0
  failures = 0
  readonly #deleted: string[] = []
  readonly wrong: string[] = []

  constructor(storage: PostgresStorage, key: string) {
    this.#storage = storage
    this.#key = key
  }

  /** Counts up in its session, and destroys another one. An engine that is away may throw, and must not say wrong things. */
  async act(): Promise<void> {
    const found = await this.#storage.read(this.#key)
    if (found === null) return void this.wrong.push('a live session was not found')
    this.#expect(found.version - 1)
    const data = String(found.version)
    const outcome = await this.#storage.update(this.#key, record({ data }), found.version)
    if (outcome === 'ok') this.confirmed = found.version
    else this.wrong.push(`its only writer was told ${outcome}`)
    const doomed = `${this.#key} doomed ${found.version}`
    if ((await this.#storage.create(doomed, record())) && (await this.#storage.delete(doomed)))
      this.#deleted.push(doomed)
    this.answers++
  }

  async actUntil(over: () => boolean): Promise<void> {
    while (!over()) {
      try {
        await this.act()
      } catch {
        this.failures++
        await nextTurn()
      }
    }
  }

  async check(): Promise<void> {
    const found = await this.#storage.read(this.#key)
    this.#expect(Number(found?.data))
    if (found?.data !== String(found!.version - 1)) this.wrong.push('a write was torn')
    for (const key of this.#deleted) {
      if ((await this.#storage.read(key)) !== null) this.wrong.push('a destroyed session is back')
    }
  }

  /** One more than what was confirmed may be there, whose answer was lost. */
  #expect(count: number): void {
    if (count < this.confirmed) this.wrong.push(`${this.confirmed} writes were confirmed, and ${count} are there`)
    if (count > this.confirmed) this.confirmed = count
  }
}

if (noOwnServer !== undefined) {
  test.skip(`skipped, since ${noOwnServer}: PostgreSQL may be killed and restarted under load`, () => {})
} else {
  test('PostgreSQL killed and restarted under load gives no wrong answer, loses nothing confirmed, and resumes', async (t) => {
    const server = await ownServer()
    t.teardown(() => server.stop())
    const pool = postgresPool({ connectionString: server.url, max: 8 })
    const storage = postgresStorage(pool)
    await storage.migrate()
    const heard: string[] = []
    const stop = await storage.watch!(['watched'], (_, what) => heard.push(what))
    await storage.create('watched', record())

    const ledgers = Array.from({ length: WORKERS }, (_, index) => new Ledger(storage, `key ${index}`))
    for (let index = 0; index < WORKERS; index++) await storage.create(`key ${index}`, record())
    let over = false
    const working = Promise.all(ledgers.map((ledger) => ledger.actUntil(() => over)))
    const sum = (count: (ledger: Ledger) => number): number =>
      ledgers.reduce((total, ledger) => total + count(ledger), 0)

    for (let outage = 1; outage <= OUTAGES; outage++) {
      const answers = sum((ledger) => ledger.answers)
      await until(() => sum((ledger) => ledger.answers) > answers + 50, { what: 'fifty more are answered' })
      const failures = sum((ledger) => ledger.failures)
      await server.kill()
      await until(() => sum((ledger) => ledger.failures) > failures, { what: 'the outage is noticed' })
      await server.start()
      await until(() => heard.length >= outage, { what: 'the watcher is told of the outage' })
    }
    const answers = sum((ledger) => ledger.answers)
    await until(() => sum((ledger) => ledger.answers) > answers + 50, { what: 'fifty more are answered' })
    over = true
    await working

    t.deepEqual(heard, ['changed', 'changed', 'changed'])
    t.true(await storage.delete('watched'))
    await until(() => heard.length > OUTAGES, { what: 'the deletion is heard of' })
    t.is(heard.at(-1), 'gone')
    for (const ledger of ledgers) {
      await ledger.check()
      t.deepEqual(ledger.wrong, [])
    }
    await stop()
    await pool.end()
  })
}
