import type { Awaitable } from '../../base/awaitable.ts'

/** Stores texts by id: the three methods of Ktor's `SessionStorage`. Each may return its result or a promise. */
export interface TextStorage {
  /** The text last written under `id`; `null` or `undefined` if there is none. */
  read(id: string): Awaitable<string | null | undefined>
  /** Stores `text` under `id`, in place of an earlier text. A concurrent `read` gives either of the two, whole. */
  write(id: string, text: string): Awaitable<void>
  /** Removes the text under `id`. Called only after `read` has given one. */
  invalidate(id: string): Awaitable<void>
  /** Whether it may drop a text to make room for others. Such a storage cannot be that of `revocations`. Default: `false`. */
  readonly evicts?: boolean
}
