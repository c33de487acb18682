import type { Clock } from '../base/clock.ts'
import { KeyQueue } from '../base/key-queue.ts'
import { kindOf } from '../base/kind.ts'
import type { Random } from '../base/random.ts'
import type { SessionTransformer } from '../contracts/transformer.ts'
import { assemble, type MountedSession } from '../definition/mounted-session.ts'
import { resolvedDefinition, type AnyDefinition, type ResolvedDefinition } from '../definition/definition.ts'
import { SessionConfigError, SessionNotMountedError } from '../errors.ts'
import type { SessionClass } from '../serializers/instances.ts'
import type { Key } from '../transformers/key-ring.ts'
import { ConnectionLimiter } from './connection-limiter.ts'
import { EventChannels } from './event-channels.ts'
import { FlashClaims } from './flash-claims.ts'
import { SessionWatches } from './session-watches.ts'

/** Identifies a session for a handler: its definition, its class or its name. */
export type SessionKey = object | string

/** The definitions of one `sessions([…])`, and what they share beyond a request. */
export class Mount {
  readonly all: readonly MountedSession[]
  /** The sessions that are read before the handler. */
  readonly eager: readonly MountedSession[]
  /** The definition that the app passed for each session. */
  readonly definitions: ReadonlyMap<MountedSession, AnyDefinition>
  readonly events: EventChannels
  /** After a conflict, the requests that write one session take turns. */
  readonly queue: KeyQueue = new KeyQueue()
  readonly flashes: FlashClaims = new FlashClaims()
  readonly watches: SessionWatches = new SessionWatches()
  /** Limits the sockets of each session. */
  readonly sockets: ConnectionLimiter = new ConnectionLimiter()
  readonly #checked = new WeakSet<Mount>()
  readonly #byKey = new Map<SessionKey, MountedSession>()
  readonly #byPrototype = new Map<object, SessionClass<object>>()

  /** @throws SessionConfigError (`ERR_SESSION_CONFIG`): no definition, or two with one name or one class. */
  constructor(
    definitions: readonly AnyDefinition[],
    clock: Clock,
    random: Random,
    standardTransform: SessionTransformer,
    handleKeys?: () => readonly Key[],
  ) {
    const pairs = checkedList(definitions).map((definition) => [definition, resolvedIn(definition)] as const)
    this.events = new EventChannels(random)
    const claimed = new Map<string, MountedSession>()
    this.all = pairs.map(([definition, resolved]) => {
      const mounted = assemble(resolved, { clock, random, standardTransform, handleKeys })
      this.#register(resolved.name, mounted, `two sessions are named '${resolved.name}': give them different names`)
      this.#byKey.set(definition as AnyDefinition, mounted)
      const { type } = resolved.options
      if (type) this.#register(type, mounted, `two sessions have the class ${type.name}: give each its own`)
      if (type) this.#byPrototype.set(type.prototype as object, type)
      checkClaims(mounted, claimed)
      return mounted
    })
    this.definitions = new Map(this.all.map((mounted, index) => [mounted, definitions[index] as AnyDefinition]))
    this.eager = this.all.filter((mounted) => mounted.eager)
  }

  find(key: SessionKey): MountedSession | undefined {
    return this.#byKey.get(key)
  }

  /** The session class of an instance, by its prototype: a `constructor` property has no influence. */
  classOf(instance: object): SessionClass<object> | undefined {
    return this.#byPrototype.get(Object.getPrototypeOf(instance) as object)
  }

  /** @throws SessionNotMountedError (`ERR_SESSION_NOT_MOUNTED`), which lists the mounted sessions. */
  get(key: SessionKey): MountedSession {
    const mounted = this.#byKey.get(key)
    if (mounted) return mounted
    const names = this.all.map(({ name }) => name).join(', ')
    throw new SessionNotMountedError(`${labelOf(key)} is not mounted by this sessions([…]); mounted: ${names}`)
  }

  /**
   * Checks, once for each pair of mounts, that the sessions of an enclosing mount use other cookies and headers than these do.
   * A session of the same name is replaced by the inner one, and may use the same.
   *
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`)
   */
  checkWithin(outer: Mount): void {
    if (this.#checked.has(outer)) return
    const claimed = new Map<string, MountedSession>()
    for (const mounted of [...outer.all.filter(({ name }) => !this.find(name)), ...this.all])
      checkClaims(mounted, claimed)
    this.#checked.add(outer)
  }

  #register(key: SessionKey, mounted: MountedSession, conflict: string): void {
    if (this.#byKey.has(key)) throw new SessionConfigError(conflict)
    this.#byKey.set(key, mounted)
  }
}

/** How an error message refers to the session that a handler asked for. */
export function labelOf(key: SessionKey | undefined): string {
  const name = typeof key === 'string' ? key : (typeof key === 'function' ? key : resolvedDefinition(key))?.name
  return name ? `'${name}'` : kindOf(key)
}

/** Two sessions must not use the same cookie or header: each would refuse the other's token and expire it. */
function checkClaims(mounted: MountedSession, claimed: Map<string, MountedSession>): void {
  for (const claim of mounted.transport.claims ?? []) {
    const other = claimed.get(claim)
    if (other && other !== mounted) {
      const [what = '', header = ''] = claim.split(' ')
      throw new SessionConfigError(
        `sessions '${other.name}' and '${mounted.name}' both use the ${what} '${header}': give each its own`,
        mounted.name,
      )
    }
    claimed.set(claim, mounted)
  }
}

function checkedList(definitions: unknown): readonly unknown[] {
  if (Array.isArray(definitions) && definitions.length > 0) return definitions
  const given = resolvedDefinition(definitions)
    ? 'a definition'
    : Array.isArray(definitions)
      ? 'an empty list'
      : kindOf(definitions)
  throw new SessionConfigError(`sessions() takes a list of definitions, not ${given}: write sessions([UserSession])`)
}

function resolvedIn(definition: unknown): ResolvedDefinition {
  const resolved = resolvedDefinition(definition)
  if (resolved) return resolved
  const hint =
    typeof definition === 'function'
      ? ": call it, as in cookie('cart')"
      : Array.isArray(definition)
        ? ': write its definitions into the list itself'
        : ''
  throw new SessionConfigError(
    `sessions([…]) takes definitions, made by cookie(), header() or session(), not ${kindOf(definition)}${hint}`,
  )
}
