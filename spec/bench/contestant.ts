import type { RequestListener } from 'node:http'
import type { Mode, Setting } from './case.ts'

/** An app that serves the four cases: `/login`, `/unused`, `/read`, `/write`. */
export interface Served {
  readonly listener: RequestListener
  close?(): void | Promise<void>
}

/** One library in one mode. */
export interface Contestant {
  /** As the tables show it. */
  readonly name: string
  readonly mode: Mode
  /** What is ours, what is the least that the work takes, what others do, and what frameworks cost without any session. */
  readonly kind: 'ours' | 'floor' | 'peer' | 'bare'
  /** The name of the bare framework that its cost is counted from; of a bare one, its own. */
  readonly over: string
  /** Packages whose versions the report names. */
  readonly packages: readonly string[]
  /**
   * How many clients there are; a third of them takes turns at each work. Few where a library may know a token again, more
   * than any cache holds, in each third, where each token is to be new to it.
   */
  readonly clients: number
  serve(setting: Setting): Served | Promise<Served>
}

export const KNOWN = 64
export const NEW = 4500

export const KOA = 'Koa'
export const EXPRESS = 'Express'
export const FASTIFY = 'Fastify'
export const HONO = 'Hono'
export const FETCH_ROUTER = 'Remix fetch-router'

/** What all are protected with. */
export const SECRET = 'a secret of the benchmark, long enough for anybody'
