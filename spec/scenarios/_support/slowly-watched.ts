import { memoryStorage, type SessionStorage } from 'koa-typed-sessions'

interface SlowlyWatched {
  readonly storage: SessionStorage
  /** When somebody is about to watch. */
  readonly starting: Promise<void>
  /** Lets the watch stand. */
  go(): void
}

/** Sessions in memory, where a watch stands only when it is let. */
export function slowlyWatched(): SlowlyWatched {
  const engine = memoryStorage()
  let start = (): void => {}
  let go = (): void => {}
  const starting = new Promise<void>((resolve) => (start = resolve))
  const going = new Promise<void>((resolve) => (go = resolve))
  const watch = engine.watch!.bind(engine)
  const storage = Object.assign(engine, {
    watch: async (...given: Parameters<typeof watch>) => {
      start()
      await going
      return watch(...given)
    },
  })
  return { storage, starting, go: () => go() }
}
