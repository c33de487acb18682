import type { SessionStorage } from 'koa-typed-sessions'
import { gate, type Gate } from './gate.ts'

type Verb = 'create' | 'read' | 'update' | 'touch' | 'delete' | 'rotate' | 'list'

/** How an engine breaks: it throws at once, rejects, or never answers. */
export type Trouble = 'throws' | 'rejects' | 'hangs'

/** A storage whose calls are counted, and can be held or broken. The engine behind it is a real one. */
export interface ControlledStorage {
  readonly storage: SessionStorage
  /** All calls so far, in their order. */
  readonly calls: readonly Verb[]
  count(verb: Verb): number
  /** Holds the next call of a verb, before it gets to the engine. */
  hold(verb: Verb): Gate
  /** Breaks verbs until `mend`. */
  break(trouble: Trouble, ...verbs: readonly Verb[]): void
  mend(): void
}

export function controlledStorage(engine: SessionStorage): ControlledStorage {
  const calls: Verb[] = []
  const held = new Map<Verb, Gate>()
  const broken = new Map<Verb, Trouble>()

  function call<T>(verb: Verb, act: () => T): T {
    calls.push(verb)
    const stop = held.get(verb)
    held.delete(verb)
    const trouble = broken.get(verb)
    if (trouble === 'throws') throw new Error(`${verb}: the engine is down`)
    if (trouble === 'rejects') return Promise.reject(new Error(`${verb}: the engine is down`)) as T
    if (trouble === 'hangs') return new Promise(() => {}) as T
    return stop ? (stop.pass().then(act) as T) : act()
  }

  const storage: SessionStorage = {
    create: (key, record) => call('create', () => engine.create(key, record)),
    read: (key) => call('read', () => engine.read(key)),
    update: (key, record, expected) => call('update', () => engine.update(key, record, expected)),
    touch: (key, expiresAt) => call('touch', () => engine.touch(key, expiresAt)),
    delete: (key) => call('delete', () => engine.delete(key)),
    rotate: (from, to, record, expected) => call('rotate', () => engine.rotate(from, to, record, expected)),
  }
  if (engine.list) {
    const list = engine.list.bind(engine)
    storage.list = async function* (subject) {
      yield* await call('list', () => list(subject))
    }
  }
  return {
    storage,
    calls,
    count: (verb) => calls.filter((one) => one === verb).length,
    hold(verb) {
      const stop = gate()
      held.set(verb, stop)
      return stop
    },
    break(trouble, ...verbs) {
      for (const verb of verbs) broken.set(verb, trouble)
    },
    mend: () => broken.clear(),
  }
}
