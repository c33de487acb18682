import type {
  Awaitable,
  RotateOutcome,
  SessionRecord,
  SessionStorage,
  UpdateOutcome,
} from 'koa-typed-sessions/contracts'

type Verb = 'create' | 'read' | 'update' | 'touch' | 'delete' | 'rotate'

/** A storage that tells what it was asked, and waits where it is told to. */
export interface WatchedStorage extends SessionStorage {
  /** The verbs, in the order in which they came. */
  readonly calls: Verb[]
  /** The keys that came with them. */
  readonly keys: string[]
  /** The records that came with them. */
  readonly records: SessionRecord[]
  /** Makes each later call of a verb wait until the returned function is called. */
  hold(verb: Verb): () => void
}

export function watchedStorage(engine: SessionStorage): WatchedStorage {
  const calls: Verb[] = []
  const keys: string[] = []
  const records: SessionRecord[] = []
  const gates = new Map<Verb, Promise<void>>()

  function pass<T>(verb: Verb, asked: readonly string[], call: () => Awaitable<T>): Awaitable<T> {
    calls.push(verb)
    keys.push(...asked)
    const gate = gates.get(verb)
    return gate ? gate.then(call) : call()
  }

  const watched: WatchedStorage = {
    calls,
    keys,
    records,
    hold(verb) {
      const { promise, resolve } = withResolvers()
      gates.set(verb, promise)
      return () => {
        gates.delete(verb)
        resolve()
      }
    },
    create: (key, record) => pass('create', [key], () => (records.push(record), engine.create(key, record))),
    read: (key) => pass('read', [key], () => engine.read(key)),
    update: (key, record, expected) =>
      pass<UpdateOutcome>('update', [key], () => (records.push(record), engine.update(key, record, expected))),
    touch: (key, expiresAt) => pass('touch', [key], () => engine.touch(key, expiresAt)),
    delete: (key) => pass('delete', [key], () => engine.delete(key)),
    rotate: (from, to, record, expected) =>
      pass<RotateOutcome>(
        'rotate',
        [from, to],
        () => (records.push(record), engine.rotate(from, to, record, expected)),
      ),
  }
  if (engine.list) watched.list = (subject) => engine.list!(subject)
  return watched
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
