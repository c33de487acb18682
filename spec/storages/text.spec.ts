import { inspect } from 'node:util'
import test from 'ava'
import type { SessionStorage } from '../../lib/contracts/storage.ts'
import { SessionConfigError } from '../../lib/errors.ts'
import { storageFrom, type TextStorage } from '../../lib/storages/text.ts'
import { HOUR, NOW, record } from '../support/records.ts'
import { slowTexts, textsInMap } from '../support/text-storages.ts'

const clock = (): number => NOW

test('over texts that come at once, every verb answers at once', (t) => {
  const storage = storageFrom(textsInMap(), { clock })
  t.is(storage.create('key', record()), true)
  t.deepEqual(storage.read('key'), record())
  t.is(storage.update('key', record(), 1), 'ok')
  t.is(storage.touch('key', NOW + 2 * HOUR), true)
  t.is(storage.rotate('key', 'new', record(), 2), 'ok')
  t.is(storage.delete('new'), true)
})

test('the three methods may be those of a class instance', (t) => {
  class Texts {
    readonly #texts = new Map<string, string>()
    read(id: string): string | undefined {
      return this.#texts.get(id)
    }
    write(id: string, text: string): void {
      this.#texts.set(id, text)
    }
    invalidate(id: string): void {
      this.#texts.delete(id)
    }
  }
  const storage = storageFrom(new Texts(), { clock })
  t.is(storage.create('key', record()), true)
  t.deepEqual(storage.read('key'), record())
  t.is(storage.delete('key'), true)
})

const whole = JSON.stringify(record())
const unreadable: Record<string, unknown> = {
  'no text': '',
  'a text that ends too early': whole.slice(0, -1),
  'no object': '7',
  null: 'null',
  'an empty object': '{}',
  'a list': '[]',
  'a record whose data is no text': JSON.stringify({ ...record(), data: {} }),
  'a record whose version is no number': JSON.stringify({ ...record(), version: '1' }),
  'a record that expires at no instant': JSON.stringify({ ...record(), expiresAt: null }),
  'a record of a subject that is no text': JSON.stringify({ ...record(), subject: 5 }),
  'a record without an identity': JSON.stringify({ ...record(), identity: undefined }),
  'what is not even a text': 42,
}

for (const [what, text] of Object.entries(unreadable)) {
  test(`${what} is no session, and its key is free`, (t) => {
    const texts = new Map([['key', text as string]])
    const storage = storageFrom(textsInMap(texts), { clock })
    t.is(storage.read('key'), null)
    t.is(storage.update('key', record(), 1), 'gone')
    t.is(storage.touch('key', NOW + HOUR), false)
    t.is(storage.rotate('key', 'new', record(), 1), 'gone')
    t.is(storage.create('key', record()), true)
    t.deepEqual(storage.read('key'), record())
  })
}

test('deleting what is unreadable removes it, and says that there was no session', (t) => {
  const texts = new Map([['key', 'unreadable']])
  t.is(storageFrom(textsInMap(texts), { clock }).delete('key'), false)
  t.is(texts.size, 0)
})

test('invalidate is not called where there is nothing', (t) => {
  const { calls, texts } = logged()
  storageFrom(texts, { clock }).delete('key')
  t.deepEqual(calls, ['read key'])
})

test('a touch that moves nothing writes nothing', (t) => {
  const { calls, texts } = logged()
  const storage = storageFrom(texts, { clock })
  storage.create('key', record())
  calls.length = 0
  t.is(storage.touch('key', NOW + HOUR), true)
  t.deepEqual(calls, ['read key'])
})

test('rotate removes the old session before it writes the new one', (t) => {
  const { calls, texts } = logged()
  const storage = storageFrom(texts, { clock })
  storage.create('old', record())
  calls.length = 0
  storage.rotate('old', 'new', record(), 1)
  t.deepEqual(calls, ['read old', 'read new', 'invalidate old', 'write new'])
})

test('a crash in the middle of a rotation never leaves two sessions', async (t) => {
  const texts = new Map<string, string>()
  const storage = storageFrom(textsInMap(texts), { clock })
  storage.create('old', record())
  const crashing = storageFrom(
    { ...slowTexts(textsInMap(texts)), write: () => Promise.reject(new Error('crash')) },
    { clock },
  )
  await t.throwsAsync(async () => await crashing.rotate('old', 'new', record(), 1), { message: 'crash' })
  t.is(texts.size, 0)
})

test('a session does not wait for what is done to another one', async (t) => {
  const texts = textsInMap()
  const stuck = { ...texts, read: (id: string) => (id === 'stuck' ? new Promise<null>(() => {}) : texts.read(id)) }
  const storage = storageFrom(stuck, { clock })
  void storage.create('stuck', record())
  void storage.update('stuck', record(), 1)
  t.is(storage.create('free', record()), true)
  t.is(await storage.update('free', record(), 1), 'ok')
})

test('what is done to one session happens in the order in which it was asked for', async (t) => {
  const storage = storageFrom(slowTexts(textsInMap()), { clock })
  t.deepEqual(
    await Promise.all([
      storage.create('a', record()),
      storage.update('a', record(), 1),
      storage.rotate('a', 'b', record(), 2),
      storage.update('a', record(), 3),
      storage.update('b', record(), 3),
      storage.delete('b'),
      storage.touch('b', NOW + 2 * HOUR),
    ]),
    [true, 'ok', 'ok', 'gone', 'ok', true, false],
  )
})

test('a failure is passed on as it is, and does not hold up what comes after it', async (t) => {
  const failure = new Error('engine')
  const texts = textsInMap()
  let broken = true
  const storage = storageFrom(
    { ...slowTexts(texts), read: async (id) => (broken ? Promise.reject(failure) : texts.read(id)) },
    { clock },
  )
  const first = storage.create('key', record())
  const second = storage.create('key', record())
  t.is(await t.throwsAsync(async () => await first), failure)
  t.is(await t.throwsAsync(async () => await second), failure)
  broken = false
  t.is(await storage.create('key', record()), true)
})

test('a failure that is thrown at once is thrown at once', (t) => {
  const failure = new Error('engine')
  const storage = storageFrom(
    {
      ...textsInMap(),
      write: () => {
        throw failure
      },
    },
    { clock },
  )
  t.is(
    t.throws(() => storage.create('key', record())),
    failure,
  )
})

test('when all is over, nothing is kept of a key: the next verb need not wait', async (t) => {
  const texts = textsInMap()
  let slow = true
  const storage = storageFrom(
    { ...texts, read: (id) => (slow ? Promise.resolve(texts.read(id)) : texts.read(id)) },
    { clock },
  )
  const rotations = Array.from({ length: 5 }, (_, index) => storage.rotate(`key ${index}`, 'new', record(), 1))
  slow = false
  await Promise.all([...rotations, storage.create('key 0', record())])
  await new Promise((resolve) => setImmediate(resolve))
  for (const key of ['key 0', 'key 1', 'key 4', 'new']) t.is(typeof storage.delete(key), 'boolean')
})

test('nothing that it holds is shown when it is printed', (t) => {
  const storage = storageFrom(textsInMap(), { clock })
  storage.create('secret key', record({ data: 'secret data' }))
  t.notRegex(inspect(storage, { depth: 9, showHidden: true }), /secret/)
})

test('it cannot list or sweep, and says so by not having the method', (t) => {
  const storage: SessionStorage = storageFrom(textsInMap())
  t.deepEqual([storage.list, storage.watch, storage.sweep, storage.close], [undefined, undefined, undefined, undefined])
})

for (const method of ['read', 'write', 'invalidate']) {
  test(`texts without ${method} are refused`, (t) => {
    const texts = { ...textsInMap(), [method]: undefined }
    t.throws(() => storageFrom(texts), { instanceOf: SessionConfigError, message: new RegExp(method) })
  })
}

test('nothing at all in the place of the texts is refused', (t) => {
  t.throws(() => storageFrom(undefined as unknown as TextStorage), { instanceOf: SessionConfigError })
})

test('an option that does not exist is refused, with those that do', (t) => {
  const options = { ttl: 10 } as object
  t.throws(() => storageFrom(textsInMap(), options), { instanceOf: SessionConfigError, message: /'ttl'.*clock/ })
})

function logged(): { calls: string[]; texts: TextStorage } {
  const calls: string[] = []
  const { read, write, invalidate } = textsInMap()
  return {
    calls,
    texts: {
      read: (id) => (calls.push(`read ${id}`), read(id)),
      write: (id, text) => (calls.push(`write ${id}`), write(id, text)),
      invalidate: (id) => (calls.push(`invalidate ${id}`), invalidate(id)),
    },
  }
}
