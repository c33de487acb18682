import type { Awaitable } from '../../base/awaitable.ts'

/**
 * Reads all keys of an index, again and again until a pass finds no new key: a session that gets another key during a pass may
 * move from a key not yet visited to one already passed.
 *
 * @param keys Starts a pass over the index.
 * @param read Gives the session of a key, or `null` if there is none to list.
 * @param reread Whether the next pass also reads the keys that `read` gave `null` for. For an index that has the new key before
 *   the session is there.
 */
export async function* listUntilStable<T>(
  keys: () => AsyncIterable<string>,
  read: (key: string) => Awaitable<T | null>,
  reread = false,
): AsyncGenerator<T> {
  const visited = new Set<string>()
  const done = new Set<string>()
  for (let before = -1; visited.size > before;) {
    before = visited.size
    for await (const key of keys()) {
      if (done.has(key)) continue
      visited.add(key)
      if (!reread) done.add(key)
      // Read at its turn: the session may be gone by then.
      const found = await read(key)
      if (found === null) continue
      done.add(key)
      yield found
    }
  }
}
