import type { Setting, Work } from './case.ts'

export type Growth = 'memory' | 'directory' | 'definitions'

/** What a worker is asked to do. */
export type Request =
  | { readonly act: 'start'; readonly contestant: string; readonly setting: Setting }
  | { readonly act: 'settle'; readonly works: readonly Work[]; readonly requests: number }
  | { readonly act: 'sample'; readonly work: Work; readonly requests: number; readonly atOnce?: number }
  | { readonly act: 'allocation'; readonly work: Work }
  | { readonly act: 'profile'; readonly work: Work; readonly requests: number }
  | { readonly act: 'listen' }
  | { readonly act: 'cookies'; readonly work: Work }
  | {
      readonly act: 'grow'
      readonly what: Growth
      readonly counts: readonly number[]
      readonly folder: string
      readonly requests: number
    }
  | { readonly act: 'stop' }

export interface Reply {
  readonly value?: unknown
  readonly failure?: string
}
