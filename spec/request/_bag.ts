import type { ExecutionContext } from 'ava'
import {
  cookie,
  memoryStorage,
  type CookieSessionOptions,
  type Session,
  type SessionDefinition,
} from 'koa-typed-sessions'
import { ENGINES } from '../scenarios/_support/engines.ts'

/** A session with a bit of everything. */
export interface Bag {
  name?: string
  count?: number
  tags?: string[]
  since?: Date
  note?: string | null
}

export interface Notices {
  notice: string
  level: number
}

export type BagSession = Session<Bag, Notices>
export type BagDefinition = SessionDefinition<Bag, Notices>

export function bag(options: CookieSessionOptions<Bag> = {}): BagDefinition {
  return cookie<Bag, Notices>('bag', options)
}

type Make = (t: ExecutionContext, options?: CookieSessionOptions<Bag>) => BagDefinition

/** What holds for both kinds of session is tried on both. */
export const KINDS: Readonly<Record<string, Make>> = {
  'by id': (_, options) => bag({ storage: memoryStorage(), ...options }),
  'by value': (_, options) => bag(options),
}

/** What holds on every storage is tried on each. */
export const STORED: Readonly<Record<string, Make>> = Object.fromEntries(
  Object.entries(ENGINES).map(([where, engine]) => [where, (t, options) => bag({ storage: engine(t), ...options })]),
)

/** The `code` of what a call throws; `undefined` where it does not. */
export function codeOf(call: () => unknown): unknown {
  try {
    call()
    return undefined
  } catch (error) {
    return (error as { code?: unknown }).code ?? error
  }
}

/** The same of a promise. */
export async function codeOfAsync(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call()
    return undefined
  } catch (error) {
    return (error as { code?: unknown }).code ?? error
  }
}
