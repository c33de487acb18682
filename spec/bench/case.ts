/** What a request does with its session. */
export const WORKS = ['absent', 'unused', 'read', 'write'] as const
export type Work = (typeof WORKS)[number]

/** Where a session is kept, or what protects it; `bare`: there is none. */
export type Mode = 'bare' | 'signed' | 'encrypted' | 'sealed' | 'memory' | 'directory' | 'redis'

/** The path that a request asks for. */
export const PATHS: Readonly<Record<Work, string>> = {
  absent: '/unused',
  unused: '/unused',
  read: '/read',
  write: '/write',
}

/** Begins a session. */
export const LOGIN = '/login'

/** How many bytes a value is as JSON. */
export type Size = 100 | 1000 | 3500

/** What an app is made with. */
export interface Setting {
  readonly size: Size
  /** How many sessions the app declares; the request carries one of them. */
  readonly definitions: number
  /** Where files may be put. */
  readonly folder: string
  /** A Redis server; empty where there is none. */
  readonly redis: string
}
