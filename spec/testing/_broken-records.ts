import type { SessionRecord } from 'koa-typed-sessions/contracts'
import { but, type Broken, type RightStorage } from './_right-storage.ts'

/** Keeps another text than it is given. */
function altered(caughtBy: string, alter: (data: string) => string): Broken {
  return but(caughtBy, (right) => ({
    keep: (key: string, record: SessionRecord, version: number) =>
      right.keep(key, { ...record, data: alter(record.data) }, version),
  }))
}

/** Keeps a session under another key than it is given. */
function renamed(caughtBy: string, rename: (key: string) => string): Broken {
  return but(caughtBy, (right) => ({
    create: (key, record) => right.create(rename(key), record),
    read: (key) => right.read(rename(key)),
    update: (key, record, expected) => right.update(rename(key), record, expected),
    touch: (key, expiresAt) => right.touch(rename(key), expiresAt),
    delete: (key) => right.delete(rename(key)),
    rotate: (from, to, record, expected) => right.rotate(rename(from), rename(to), record, expected),
  }))
}

/** Writes the version after an update or a rotation by its own reckoning. */
function versioned(
  caughtBy: string,
  verb: 'create' | 'update' | 'rotate',
  version: (record: SessionRecord, before: number) => number,
): Broken {
  return but(caughtBy, (right) => {
    const wrong = Object.assign(Object.create(right) as RightStorage, {
      keep: (key: string, record: SessionRecord, next: number) => right.keep(key, record, version(record, next - 1)),
    })
    return { [verb]: wrong[verb].bind(wrong) }
  })
}

const COMES_BACK = 'comes back exactly'

/** Storages that give back something else than they were given, or under another key. */
export const BROKEN_RECORDS: Readonly<Record<string, Broken>> = {
  'that ends a text at a NUL': altered(
    `a value of newlines, tabs and a NUL ${COMES_BACK}`,
    (data) => data.split('\0')[0]!,
  ),
  'that replaces halves of surrogate pairs': altered(`a value of halves of surrogate pairs ${COMES_BACK}`, (data) =>
    Buffer.from(data).toString(),
  ),
  'that drops halves of surrogate pairs at the end': altered(
    `a value of halves of surrogate pairs ${COMES_BACK}`,
    (data) => data.replace(/[\uD800-\uDBFF]$/u, ''),
  ),
  'that escapes halves of surrogate pairs, and reads what was no escape as one': altered(
    `a value that looks like an escape of halves ${COMES_BACK}`,
    (data) => data.replace(/\u0001([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
  ),
  'that keeps eight bits of each character': altered(
    `a value of accents and of several scripts ${COMES_BACK}`,
    (data) => Buffer.from(data, 'latin1').toString('latin1'),
  ),
  'that keeps three bytes of each character': altered(
    `a value of emoji and of characters beyond 16 bits ${COMES_BACK}`,
    (data) => data.replace(/[\u{10000}-\u{10FFFF}]/gu, '?'),
  ),
  'that takes characters apart': altered(`a value of accents and of several scripts ${COMES_BACK}`, (data) =>
    data.normalize('NFD'),
  ),
  'that trims': altered(`a value that begins and ends with white space ${COMES_BACK}`, (data) => data.trim()),
  'that drops a byte order mark': altered(`a value that begins and ends with white space ${COMES_BACK}`, (data) =>
    data.replace(/^\uFEFF/, ''),
  ),
  'that makes all line ends alike': altered(`a value of newlines, tabs and a NUL ${COMES_BACK}`, (data) =>
    data.replaceAll('\r\n', '\n'),
  ),
  'that cuts at 65,535 characters': altered(`a value of one megabyte ${COMES_BACK}`, (data) => data.slice(0, 65_535)),
  'that quotes what it keeps': altered(`a value that looks like JSON, a path and a query ${COMES_BACK}`, (data) =>
    data.replaceAll('"', '\\"'),
  ),
  'that takes an empty value for no session': but(`a value of no character at all ${COMES_BACK}`, (right) => ({
    read(key) {
      const row = right.read(key)
      return row?.data ? row : null
    },
  })),

  'that keys by a normalized name': renamed('any text is a key, and no two keys are one', (key) => key.normalize()),
  'that keys by the first 255 characters': renamed('any text is a key, and no two keys are one', (key) =>
    key.slice(0, 255),
  ),
  'that keys by what is a path': renamed('a session can be rotated from any text to any other', (key) =>
    new URL(`file:///${key.replaceAll('\0', '%00')}`).pathname.toLowerCase(),
  ),

  'that keeps the object of an update': but('changing what was put in changes nothing that is stored', (right) => ({
    update(key, record, expected) {
      const outcome = right.update(key, record, expected)
      if (outcome === 'ok' && !Object.isFrozen(record)) {
        right.rows.set(key, Object.assign(record, { version: expected + 1 }))
      }
      return outcome
    },
  })),
  'that keeps the object of a rotation': but('changing what was put in changes nothing that is stored', (right) => ({
    rotate(from, to, record, expected) {
      const outcome = right.rotate(from, to, record, expected)
      if (outcome === 'ok' && !Object.isFrozen(record)) {
        right.rows.set(to, Object.assign(record, { version: expected + 1 }))
      }
      return outcome
    },
  })),
  'that looks at a record after it has answered': but(
    'changing a record while it is being stored changes nothing',
    (right) => ({
      async create(key, record) {
        await Promise.resolve()
        return right.create(key, record)
      },
    }),
  ),
  'that writes the version into the record it is given': but(
    'a storage leaves the record that it is given alone',
    (right) => ({
      create: (key, record) => right.create(key, Object.assign(record, { version: 1 })),
    }),
  ),

  'that believes the version of a new record': versioned(
    'create stores version 1, for any version in the record',
    'create',
    ({ version }) => version,
  ),
  'that believes the version of an update': versioned(
    'an update with the right version replaces every field',
    'update',
    ({ version }) => version,
  ),
  'that counts no update': versioned('every update increments the version', 'update', (_, before) => before),
  'that counts up to nine': versioned('every update increments the version', 'update', (_, before) =>
    Math.min(before + 1, 9),
  ),
  'that counts a rotation twice': versioned(
    'a session keeps its identity through many rotations',
    'rotate',
    (_, before) => before + 2,
  ),
  'that begins to count anew under a new key': versioned(
    'rotate moves a session to another key, and the old key is dead',
    'rotate',
    () => 1,
  ),

  'that keeps a subject that was taken away': but('an update can remove the subject', (right) => ({
    update: (key, record, expected) => right.update(key, { ...right.live(key), ...record }, expected),
  })),
  'that gives a subject that is undefined': but('a session without a subject comes back without one', (right) => ({
    read(key) {
      const row = right.read(key)
      return row && ({ ...row, subject: row.subject } as SessionRecord)
    },
  })),
  'that keeps when a session was first made': but('an update with the right version replaces every field', (right) => ({
    update(key, record, expected) {
      return right.update(key, { ...record, createdAt: right.live(key)?.createdAt ?? 0 }, expected)
    },
  })),
  'that gives a new identity with a new key': but('a session keeps its identity through many rotations', (right) => ({
    rotate: (from, to, record, expected) => right.rotate(from, to, { ...record, identity: to }, expected),
  })),
  'that does not keep whose it is': but('a created session is read with every field as it was given', (right) => ({
    create(key, { data, version, createdAt, expiresAt, identity }) {
      return right.create(key, { data, version, createdAt, expiresAt, identity })
    },
  })),
  'that knows no null': but('reading an unknown key returns null', (right) => ({
    read: (key) => right.read(key) ?? (undefined as unknown as null),
  })),
  'that counts a read': but('reading a session changes nothing', (right) => ({
    read(key) {
      const found = right.read(key)
      const row = right.live(key)
      if (row) row.version++
      return found
    },
  })),
}
