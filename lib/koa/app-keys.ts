import type Application from 'koa'
import { kindOf } from '../base/kind.ts'
import { SessionConfigError, SessionKeysError } from '../errors.ts'
import type { Mount } from '../mount/mount.ts'
import { checkKeys, isSameKeys, type Key, type Keys } from '../transformers/key-ring.ts'

type KeyedApp = Pick<Application, 'keys'>

/** The keys of one `sessions([…])`: those of its option `keys`, otherwise those of the app that it serves. */
export class AppKeys {
  /** Sign the sessions by value that have no `transform`. */
  readonly signing: Keys
  readonly #hasOwn: boolean
  readonly #option: KeyedApp | undefined
  /** The app of the option `app`, otherwise of the latest request. */
  #app: KeyedApp | undefined
  /** A session that `app.keys` sign. */
  #signed: string | undefined

  /** @throws SessionConfigError (`ERR_SESSION_CONFIG`), SessionKeysError (`ERR_SESSION_KEYS`) */
  constructor(app: KeyedApp | undefined, keys: Keys | undefined) {
    if (app !== undefined) checkApp(app)
    if (keys !== undefined) checkKeys(keys, 'sessions({ keys })')
    this.#hasOwn = keys !== undefined
    this.#option = app
    this.#app = app
    this.signing = keys ?? (() => (this.#app?.keys ?? []) as readonly Key[])
  }

  /** The keys of the public handles: those that are known by now. */
  ofHandles(): readonly Key[] {
    const { signing } = this
    return [typeof signing === 'function' ? signing() : signing].flat()
  }

  /** @throws SessionKeysError (`ERR_SESSION_KEYS`) if a session needs `app.keys`, and the option `app` has none. */
  checkFor(mount: Mount): void {
    if (this.#hasOwn) return
    this.#signed = mount.all.find(({ options: { storage, transform } }) => !storage && !transform)?.name
    if (this.#signed !== undefined && this.#option) requireKeys(this.#signed, this.#option)
  }

  /** Signs with the keys of an app from now on, unless the option `app` says otherwise. @throws as {@link appFor}. */
  serve(app: Application): void {
    this.#check(app)
    this.#app = this.#option ?? app
  }

  /**
   * The app of a WebSocket upgrade.
   *
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if there is none, or if its keys differ from those of another app.
   * @throws SessionKeysError (`ERR_SESSION_KEYS`) if it has no keys and a session needs them.
   */
  appFor(given: Application | undefined): Application {
    const app = given ?? this.#option
    if (!isApplication(app)) {
      throw new SessionConfigError('connect() needs the app: sessions([…], { app }), or connect(request, { app })')
    }
    this.#check(app)
    this.#app ??= app
    return app
  }

  /** A token that one app signs must be valid for every other app that this middleware serves, and for no further app. */
  #check(app: KeyedApp): void {
    if (this.#signed === undefined || this.#option || app === this.#app) return
    requireKeys(this.#signed, app)
    if (this.#app && !isSameKeys([this.#app.keys].flat() as readonly Key[], app.keys)) {
      throw new SessionConfigError(
        'one sessions([…]) serves two apps whose keys differ: make one for each app, or give it keys of its own: sessions([…], { keys })',
      )
    }
  }
}

function isApplication(app: KeyedApp | undefined): app is Application {
  return typeof (app as Partial<Application> | undefined)?.createContext === 'function'
}

/** The option may be anything that has, or could have, `keys`. */
function checkApp(app: unknown): void {
  if (typeof app === 'object' && app !== null && ('keys' in app || isApplication(app as Application))) return
  throw new SessionConfigError(
    `sessions(): 'app' must be the Koa app, not ${kindOf(app)}: write { app } with const app = new Koa()`,
  )
}

function requireKeys(session: string, app: KeyedApp): void {
  if (app.keys !== undefined) return checkKeys(app.keys as readonly Key[], 'app.keys')
  throw new SessionKeysError(
    `session '${session}' has no keys to be signed with: set app.keys, or give it a 'transform' or a 'storage' (to send it unprotected, write transform: plain())`,
    session,
  )
}
