import type { Clock } from '../base/clock.ts'
import { KeyQueue } from '../base/key-queue.ts'
import { kindOf } from '../base/kind.ts'
import type { Random } from '../base/random.ts'
import type { SessionTransformer } from '../contracts/transformer.ts'
import { assemble, type MountedSession } from '../definition/mounted-session.ts'
import { planOf, type AnyDefinition, type Plan } from '../definition/definition.ts'
import { SessionConfigError, SessionNotMountedError } from '../errors.ts'
import type { SessionClass } from '../serializers/instances.ts'
import type { Key } from '../transformers/key-ring.ts'
import { FlashClaims } from './flash-claims.ts'
import { Followings } from './followings.ts'
import { Observer } from './observer.ts'
import { Places } from './places.ts'

/** What a handler names a session by: its definition, its class or its name. */
export type SessionKey = object | string

/** The definitions of one `sessions([…])`, assembled once. */
export class Mount {
  readonly all: readonly MountedSession[]
  readonly eager: readonly MountedSession[]
  /** What the app knows each by. */
  readonly definitions: ReadonlyMap<MountedSession, AnyDefinition>
  readonly observer: Observer
  /** Lets those who write one session take turns, once they have collided. */
  readonly queue: KeyQueue = new KeyQueue()
  readonly flashes: FlashClaims = new FlashClaims()
  readonly followings: Followings = new Followings()
  /** How many sockets each session has. */
  readonly sockets: Places = new Places()
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
    const plans = checkedList(definitions).map((definition) => [definition, planIn(definition)] as const)
    this.observer = new Observer(random)
    const claimed = new Map<string, MountedSession>()
    this.all = plans.map(([definition, plan]) => {
      const mounted = assemble(plan, { clock, random, standardTransform, handleKeys })
      this.#name(plan.name, mounted, `two sessions are named '${plan.name}'`)
      this.#name(definition as AnyDefinition, mounted, `session '${plan.name}' is given twice`)
      const { type } = plan.options
      if (type) this.#name(type, mounted, `two sessions have the class ${type.name}`)
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

  /** The class of a session that an object is an instance of: by its prototype, whatever its properties say. */
  classOf(instance: object): SessionClass<object> | undefined {
    return this.#byPrototype.get(Object.getPrototypeOf(instance) as object)
  }

  /** @throws SessionNotMountedError (`ERR_SESSION_NOT_MOUNTED`), listing what is. */
  get(key: SessionKey): MountedSession {
    const mounted = this.#byKey.get(key)
    if (mounted) return mounted
    const names = this.all.map(({ name }) => name).join(', ')
    throw new SessionNotMountedError(`this sessions([…]) has not mounted what was asked for; mounted are ${names}`)
  }

  /**
   * That the sessions of a mount around this one use no cookie or header that one of these uses, but for those that are taken over.
   * Looked at once for each pair.
   *
   * @throws SessionConfigError (`ERR_SESSION_CONFIG`)
   */
  checkWithin(around: Mount): void {
    if (this.#checked.has(around)) return
    const claimed = new Map<string, MountedSession>()
    for (const mounted of [...around.all.filter(({ name }) => !this.find(name)), ...this.all])
      checkClaims(mounted, claimed)
    this.#checked.add(around)
  }

  #name(key: SessionKey, mounted: MountedSession, complaint: string): void {
    if (this.#byKey.has(key))
      throw new SessionConfigError(`${complaint}: what is mounted together needs different ones`)
    this.#byKey.set(key, mounted)
  }
}

/** That no two sessions use one cookie or one header: each would take the other's token for its own, and forget it. */
function checkClaims(mounted: MountedSession, claimed: Map<string, MountedSession>): void {
  for (const claim of mounted.transport.claims ?? []) {
    const other = claimed.get(claim)
    if (other && other !== mounted) {
      const [what = '', header = ''] = claim.split(' ')
      throw new SessionConfigError(
        `sessions '${other.name}' and '${mounted.name}' both use the ${what} '${header}': what is mounted together needs different ones`,
        mounted.name,
      )
    }
    claimed.set(claim, mounted)
  }
}

function checkedList(definitions: unknown): readonly unknown[] {
  if (Array.isArray(definitions) && definitions.length > 0) return definitions
  const given = planOf(definitions)
    ? 'a definition'
    : Array.isArray(definitions)
      ? 'an empty list'
      : kindOf(definitions)
  throw new SessionConfigError(`sessions() takes a list of definitions, not ${given}: write sessions([UserSession])`)
}

function planIn(definition: unknown): Plan {
  const plan = planOf(definition)
  if (plan) return plan
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
