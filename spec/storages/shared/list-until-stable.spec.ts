import test from 'ava'
import { listUntilStable } from '../../../lib/storages/shared/list-until-stable.ts'

/** An index that has other keys on each pass, and the keys that were read. */
function index(...passes: readonly (readonly string[])[]) {
  const reads: string[] = []
  let pass = 0
  return {
    reads,
    async *keys() {
      yield* passes[Math.min(pass++, passes.length - 1)] ?? []
    },
    read(found: (key: string, times: number) => boolean) {
      return (key: string): string | null => {
        reads.push(key)
        return found(key, reads.filter((other) => other === key).length) ? key : null
      }
    },
  }
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

test('an index without keys is read once', async (t) => {
  const { keys, read, reads } = index([])
  t.deepEqual(
    await collected(
      listUntilStable(
        keys,
        read(() => true),
      ),
    ),
    [],
  )
  t.deepEqual(reads, [])
})

test('a session that gets another key during a pass is found on the next one, and each key is read once', async (t) => {
  const { keys, read, reads } = index(['a', 'old'], ['new', 'a'], ['newer', 'new', 'a'])
  const listed = await collected(
    listUntilStable(
      keys,
      read((key) => key !== 'old'),
    ),
  )
  t.deepEqual(listed, ['a', 'new', 'newer'])
  t.deepEqual(reads, ['a', 'old', 'new', 'newer'])
})

test('with `reread`, a key that had no session yet is read again', async (t) => {
  const { keys, read, reads } = index(['new', 'gone', 'a'])
  const found = (key: string, times: number) => key === 'a' || (key === 'new' && times === 2)
  t.deepEqual(await collected(listUntilStable(keys, read(found), true)), ['a', 'new'])
  t.deepEqual(reads, ['new', 'gone', 'a', 'new', 'gone'])
})
