import type { SessionRecord, SessionStorage } from 'koa-typed-sessions/contracts'
import { gate, type Gate } from './gate.ts'

type Verb = 'create' | 'read' | 'update' | 'touch' | 'delete' | 'rotate' | 'list' | 'watch'

/** How an engine breaks: it throws at once, rejects, or never answers. */
export type Trouble = 'throws' | 'rejects' | 'hangs'

/** A storage whose calls are noted, and can be held or broken. The engine behind it is a real one. */
export interface ControlledStorage extends SessionStorage {
  /** All calls so far, in order. */
  readonly calls: Verb[]
  /** The keys that they were given. */
  readonly keys: string[]
  /** The records that reached the engine. */
  readonly records: SessionRecord[]
  count(verb: Verb): number
  /** Holds the next call of a verb, before it reaches the engine. */
  hold(verb: Verb): Gate
  /** Holds all later calls of a verb, until the returned function is called. */
  holdAll(verb: Verb): () => void
  /** Breaks verbs until `mend`. */
  break(trouble: Trouble, ...verbs: readonly Verb[]): void
  mend(): void
}

/** @param watches Whether changes can be watched, if the engine can do that. By default, watchers have to poll. */
export function controlledStorage(engine: SessionStorage, watches = false): ControlledStorage {
  const calls: Verb[] = []
  const keys: string[] = []
  const records: SessionRecord[] = []
  const held = new Map<Verb, { readonly stop: Gate; readonly isForAll: boolean }>()
  const broken = new Map<Verb, Trouble>()

  function call<T>(verb: Verb, given: readonly string[], act: () => T): T {
    calls.push(verb)
    keys.push(...given)
    const holding = held.get(verb)
    if (holding?.isForAll === false) held.delete(verb)
    const trouble = broken.get(verb)
    if (trouble === 'throws') throw new Error(`${verb}: the engine is down`)
    if (trouble === 'rejects') return Promise.reject(new Error(`${verb}: the engine is down`)) as T
    if (trouble === 'hangs') return new Promise(() => {}) as T
    return holding ? (holding.stop.pass().then(act) as T) : act()
  }

  const storage: ControlledStorage = {
    calls,
    keys,
    records,
    create: (key, record) => call('create', [key], () => (records.push(record), engine.create(key, record))),
    read: (key) => call('read', [key], () => engine.read(key)),
    update: (key, record, expected) =>
      call('update', [key], () => (records.push(record), engine.update(key, record, expected))),
    touch: (key, expiresAt) => call('touch', [key], () => engine.touch(key, expiresAt)),
    delete: (key) => call('delete', [key], () => engine.delete(key)),
    rotate: (from, to, record, expected) =>
      call('rotate', [from, to], () => (records.push(record), engine.rotate(from, to, record, expected))),
    count: (verb) => calls.filter((one) => one === verb).length,
    hold(verb) {
      const stop = gate()
      held.set(verb, { stop, isForAll: false })
      return stop
    },
    holdAll(verb) {
      const stop = gate()
      held.set(verb, { stop, isForAll: true })
      return () => {
        held.delete(verb)
        stop.open()
      }
    },
    break(trouble, ...verbs) {
      for (const verb of verbs) broken.set(verb, trouble)
    },
    mend: () => broken.clear(),
  }
  if (engine.list) {
    const list = engine.list.bind(engine)
    storage.list = async function* (subject) {
      yield* await call('list', [], () => list(subject))
    }
  }
  if (watches && engine.watch) {
    const watch = engine.watch.bind(engine)
    storage.watch = (watched, listener) => call('watch', watched, () => watch(watched, listener))
  }
  return storage
}
