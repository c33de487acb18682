import type { Clock } from '../base/clock.ts'
import { checkCount } from '../base/options.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import type { FoundSession } from '../contracts/tracker.ts'
import { listSessions, revokeSession, revokeSessions, type ListedSession } from './device-list.ts'
import type { Mount, SessionKey } from './mount.ts'
import { Sweeper } from './sweeper.ts'
import { issueTicket, redeemTicket, requireTickets } from './tickets.ts'

/** The sessions of the request that calls a management function. */
export interface Caller {
  /** A session as it is stored. */
  stored(key: SessionKey): FoundSession | null
  /** The id of a session, also of a deferred one. */
  id(key: SessionKey): Promise<string | undefined>
  /** Sets the value with a new id. */
  login(key: SessionKey, value: object): Promise<void>
  /** Sends a session by value again, with a new generation of its subject. */
  reissue(key: SessionKey, hashedSubject: string, generation: number): void
}

/** What an app can do with the sessions of a mount outside the request that they belong to. */
export class Management {
  readonly sweeper: Sweeper
  readonly #mount: Mount
  readonly #storages = new Map<SessionStorage, string>()

  constructor(mount: Mount, clock: Clock) {
    this.#mount = mount
    for (const { name, options } of mount.all) {
      const storage = options.storage ?? options.revocations
      if (storage) this.#storages.set(storage, name)
    }
    this.sweeper = new Sweeper(this.#storages, clock)
  }

  async list(
    key: SessionKey,
    subject: string,
    show: ((value: never) => unknown) | undefined,
    caller: Caller | undefined,
  ): Promise<ListedSession<unknown>[]> {
    const mounted = this.#mount.get(key)
    const current = caller?.stored(key)?.row?.record.identity
    return listSessions(mounted, subject, current, (value) => show?.(value as never))
  }

  async revoke(key: SessionKey, handle: string, whose: { readonly subject?: string } | undefined): Promise<boolean> {
    return revokeSession(this.#mount.get(key), handle, whose)
  }

  /** @param except A handle, or the request whose own session is spared. */
  async revokeAll(key: SessionKey, subject: string, except: string | Caller | undefined): Promise<number | undefined> {
    const mounted = this.#mount.get(key)
    if (!mounted.tracker.revoke) {
      const spared = typeof except === 'string' ? { handle: except } : { row: except?.stored(key)?.row }
      return revokeSessions(mounted, subject, spared)
    }
    const hashed = mounted.hashSubject(subject)
    const generation = await mounted.tracker.revoke(hashed)
    if (typeof except === 'object') except.reissue(key, hashed, generation)
    return undefined
  }

  async ticket(key: SessionKey, caller: Caller | undefined): Promise<string | undefined> {
    const mounted = this.#mount.get(key)
    requireTickets(mounted)
    const id = await caller?.id(key)
    return id === undefined ? undefined : issueTicket(mounted, 'session', id)
  }

  async redeem(ticket: string, caller: Caller): Promise<boolean> {
    const redeemed = await redeemTicket(this.#mount, 'login', ticket)
    const read = redeemed?.mounted.codec.read(redeemed.text)
    if (!redeemed || !read) return false
    await caller.login(redeemed.mounted.name, read.value)
    return true
  }

  async sweep(limit: number | undefined): Promise<number> {
    return this.sweeper.sweep(limit === undefined ? limit : checkCount('sweep(limit)', limit))
  }

  async countExpired(): Promise<number> {
    return this.sweeper.countExpired()
  }

  /** Ends all watches, then closes the storages. */
  async close(): Promise<void> {
    this.#mount.watches.close()
    await Promise.all(Array.from(this.#storages.keys(), async (storage) => storage.close?.()))
  }
}
