import { readFrame } from '../../wire/mirror-frame.ts'
import { nonreactive } from '../reactive/current-computation.ts'
import type { Environment } from '../environment.ts'
import type { Frozen } from '../frozen.ts'
import { Link } from './link.ts'
import { subscribeTo } from '../reactive/subscribe.ts'
import { MirrorState, type MirrorStatus } from './mirror-state.ts'
import type { ConnectSessionOptions, SessionMirror } from './session-mirror.ts'

type Key<T> = keyof T & string
type PageListener = (event: { readonly persisted: boolean }) => void

/** A mirror with its link to the server. It reacts to the page being hidden, shown again, or offline. */
export class MirrorConnection<T extends object> implements SessionMirror<T> {
  readonly #state = new MirrorState()
  readonly #closing = new AbortController()
  readonly #link: Link

  constructor(url: string, options: ConnectSessionOptions, environment: Environment) {
    // On a server it only shows `initial`.
    if (!environment.document) this.#closing.abort()
    this.#link = new Link(this.#state, url, options, environment, this.#closing.signal)
    this.#link.take(readFrame('snapshot', options.initial ?? ''), environment.Date.now())
    this.#state.show(this.#state.shown, 'pending')
    if (this.#closing.signal.aborted) return
    this.#followPage(environment)
    this.#link.start()
  }

  get status(): MirrorStatus {
    return this.#state.status
  }

  get<K extends Key<T>>(key: K): Frozen<T[K]> | undefined {
    return this.#state.values.get(key) as Frozen<T[K]> | undefined
  }

  equals<K extends Key<T>>(key: K, value: T[K] | Frozen<T[K]> | undefined): boolean {
    return this.#state.values.equals(key, value)
  }

  all(): Frozen<T> | undefined {
    return this.#state.all() as Frozen<T> | undefined
  }

  readonly getSnapshot = (): Frozen<T> | undefined => nonreactive(() => this.all())

  // Reads the status too, so that listeners follow it.
  readonly subscribe = subscribeTo(this.#state.values, () => this.status && this.all()) as SessionMirror<T>['subscribe']

  refresh(): void {
    this.#link.check('again')
  }

  close(): void {
    this.#closing.abort()
    this.#link.suspend()
    this.#state.lose()
  }

  #followPage(environment: Environment): void {
    const on = (type: string, listener: PageListener): void =>
      environment.addEventListener(type, listener, this.#closing)
    const checkUnlessLive = (): void => {
      if (this.#state.status !== 'live') this.#link.check()
    }
    on('pagehide', ({ persisted }) => {
      this.#link.suspend()
      // The page may be restored from the back/forward cache after a sign-out.
      if (persisted) this.#state.show(undefined, 'pending')
    })
    on('pageshow', ({ persisted }) => {
      if (persisted) this.#link.start()
    })
    on('offline', () => {
      if (this.#link.isConnected) this.#link.lose()
    })
    on('online', checkUnlessLive)
    on('visibilitychange', () => {
      if (environment.document?.visibilityState !== 'hidden') checkUnlessLive()
    })
  }
}
