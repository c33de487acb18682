import type { Clock } from '../base/clock.ts'
import { randomText, type Random } from '../base/random.ts'
import type { RequestContext } from '../contracts/exchange.ts'
import type { SessionRecord } from '../contracts/record.ts'
import type { SessionStorage } from '../contracts/storage.ts'
import type { SessionTracker } from '../contracts/tracker.ts'
import type { BoundTransformer, SessionTransformer } from '../contracts/transformer.ts'
import { readBody } from '../formats/payload.ts'
import { ById } from '../trackers/by-id.ts'
import { ByValue, type Revocable } from '../trackers/by-value.ts'
import { Generations } from '../trackers/generations.ts'
import { Handles } from '../trackers/handles.ts'
import { StorageKeys } from '../trackers/session-keys.ts'
import { StorageClient } from '../trackers/storage-client.ts'
import { chain } from '../transformers/chain.ts'
import type { Key } from '../transformers/key-ring.ts'
import { percentEncoded } from '../transformers/percent-encoded.ts'
import type { Plan } from './definition.ts'
import { checkedSubject } from './subject.ts'

/** What a mounted session needs from the middleware that mounts it. */
export interface Environment {
  readonly clock: Clock
  readonly random: Random
  /** The transformer of sessions by value without the option `transform`. */
  readonly standardTransform: SessionTransformer
  /** The app's keys, if they are known yet: they key the public handles. Default: none. */
  readonly handleKeys?: (() => readonly Key[]) | undefined
}

/** A definition with the parts that a token passes on its way in and out. */
export interface MountedSession extends Plan {
  readonly clock: Clock
  readonly random: Random
  /** Whether the token is decoded and the session read before the handler, so that `get` is synchronous. */
  readonly eager: boolean
  readonly transformer: BoundTransformer
  /** The number of different tokens of one request that are tried. */
  readonly candidates: number
  readonly tracker: SessionTracker
  /** A new id; `undefined` by value. */
  newId(ctx: RequestContext): string | undefined
  /** The subject of a value as the record holds it: hashed, and bound to the session's name. */
  subjectOf(value: object): string | undefined
  /** A subject as the record holds it. @throws SessionConfigError unless it is a text. */
  hashSubject(subject: unknown): string
  /** The hash of a record's identity. It stays the same when the id changes, and reveals neither the id nor the subject. */
  identityOf(record: SessionRecord): string
  /** The public names of sessions. */
  readonly handles: Handles
}

const ID_BYTES = 32

/** How many different tokens of one request are tried: a sibling domain may have set others beside the genuine one. */
const CANDIDATES = 8
/** The same if decoding is asynchronous, and takes as long as a hundred requests. */
const ASYNC_CANDIDATES = 2
/** What is wrong with a subject, and what to write instead. */
const RETURNS = "'subject' must return a text"
const OR_UNDEFINED = 'write String(…) around a number, and return undefined before a login'
const ASKS = 'list(), revoke() and revokeAll() take the subject as a text'
const AS_TEXT = "as in list(definition, 'ada') and revoke(definition, handle, { subject: 'ada' })"

export function assemble(plan: Plan, environment: Environment): MountedSession {
  const { name, kind, lifetimes, options } = plan
  const { storage, revocations, generateId, subject } = options
  const { clock, random, standardTransform } = environment
  const transform = chain([options.transform ?? (storage ? [] : standardTransform)].flat())
  const bound = transform.bind({ name, transport: kind, random })
  const keys = new StorageKeys(name, kind, generateId ? 'any' : 'own')

  function subjectOf(value: object): string | undefined {
    const whose = subject?.(value)
    return whose === undefined ? undefined : keys.subject(checkedSubject(whose, name, RETURNS, OR_UNDEFINED))
  }

  function revocable(generations: SessionStorage): Revocable {
    const client = new StorageClient(generations, name, clock)
    return {
      generations: new Generations(name, client, (whose) => keys.generationKey(whose), clock, random),
      subjectOf(text) {
        const value = readBody(text)?.value
        const read = value === undefined ? null : plan.codec.read(value)
        return read ? subjectOf(read.value) : undefined
      },
    }
  }

  return {
    ...plan,
    clock,
    random,
    eager: storage ? options.deferred !== true : transform.async === true || revocations !== undefined,
    candidates: transform.async === true ? ASYNC_CANDIDATES : CANDIDATES,
    // A custom transport has its own rules for the characters of a token.
    transformer: kind === 'custom' ? bound : percentEncoded(bound),
    tracker: storage
      ? new ById({ name, storage: new StorageClient(storage, name, clock), keys, lifetimes, clock, random })
      : new ByValue(lifetimes, clock, plan.authenticated, revocations && revocable(revocations)),
    newId(ctx) {
      if (!storage) return undefined
      return keys.checked(generateId ? generateId(ctx) : randomText(random, ID_BYTES))
    },
    subjectOf,
    hashSubject: (whose) => keys.subject(checkedSubject(whose, name, ASKS, AS_TEXT)),
    identityOf: (record) => keys.handle(record),
    handles: new Handles(keys, { name, transport: kind, random }, environment.handleKeys ?? (() => []), random),
  }
}
