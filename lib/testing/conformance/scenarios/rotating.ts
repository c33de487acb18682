import { HOUR, scenario, type StorageScenario } from './stage.ts'

export const rotating: readonly StorageScenario[] = [
  scenario('rotate moves a session to another key, and the old key is dead', async ({ t, storage, record }) => {
    await storage.create('old', record({ subject: 'ada' }))
    const rotated = record({ data: 'second', version: 40, subject: 'bob' })
    t.equal(await storage.rotate('old', 'new', rotated, 1), 'ok')
    t.equal(await storage.read('old'), null)
    t.equal(await storage.read('new'), { ...rotated, version: 2 })
  }),

  scenario('a session keeps its identity through many rotations', async ({ t, storage, record }) => {
    const { identity } = record()
    await storage.create('key 1', record())
    for (let version = 1; version <= 4; version++) {
      t.equal(await storage.rotate(`key ${version}`, `key ${version + 1}`, record({ identity }), version), 'ok')
    }
    t.equal(await storage.read('key 5'), record({ identity, version: 5 }))
    for (let old = 1; old <= 4; old++) t.equal(await storage.read(`key ${old}`), null)
  }),

  scenario('rotate can make the session expire earlier than a touch has set', async ({ t, storage, clock, record }) => {
    await storage.create('old', record())
    await storage.touch('old', clock() + 5 * HOUR)
    t.equal(await storage.rotate('old', 'new', record({ expiresAt: clock() + HOUR / 2 }), 1), 'ok')
    t.equal(await storage.read('new'), record({ expiresAt: clock() + HOUR / 2, version: 2 }))
  }),

  scenario('no call reaches a session through its old key', async ({ t, storage, clock, record }) => {
    await storage.create('old', record())
    await storage.rotate('old', 'new', record(), 1)
    for (const expected of [1, 2]) {
      t.equal(await storage.update('old', record({ data: 'late' }), expected), 'gone')
      t.equal(await storage.rotate('old', 'third', record({ data: 'late' }), expected), 'gone')
    }
    t.equal(await storage.touch('old', clock() + 9 * HOUR), false)
    t.equal(await storage.delete('old'), false)
    t.equal(await storage.read('old'), null)
    t.equal(await storage.read('third'), null)
    t.equal(await storage.read('new'), record({ version: 2 }))
  }),

  scenario('a rotated session is updated, touched and deleted through its new key', async (stage) => {
    const { t, storage, clock, record } = stage
    await storage.create('old', record())
    await storage.rotate('old', 'new', record(), 1)
    t.equal(await storage.update('new', record({ data: 'third' }), 2), 'ok')
    t.equal(await storage.touch('new', clock() + 2 * HOUR), true)
    t.equal(await storage.read('new'), record({ data: 'third', version: 3, expiresAt: clock() + 2 * HOUR }))
    t.equal(await storage.delete('new'), true)
    t.equal(await storage.read('new'), null)
    t.equal(await storage.read('old'), null)
  }),

  scenario('an old key is free for a new session', async ({ t, storage, record }) => {
    await storage.create('old', record())
    await storage.rotate('old', 'new', record({ data: 'rotated' }), 1)
    t.equal(await storage.create('old', record({ identity: 'other' })), true)
    t.equal(await storage.read('old'), record({ identity: 'other' }))
    t.equal(await storage.read('new'), record({ data: 'rotated', version: 2 }))
  }),

  scenario('rotate to a taken key returns exists and changes neither session', async ({ t, storage, record }) => {
    const taken = record({ data: 'taken', identity: 'other', subject: 'bob' })
    await storage.create('old', record())
    await storage.create('taken', taken)
    t.equal(await storage.rotate('old', 'taken', record({ data: 'lost' }), 1), 'exists')
    t.equal(await storage.read('old'), record())
    t.equal(await storage.read('taken'), taken)
    t.equal(await storage.update('old', record({ data: 'second' }), 1), 'ok')
  }),

  scenario('rotate to its own key returns exists and changes nothing', async ({ t, storage, record }) => {
    await storage.create('key', record())
    t.equal(await storage.rotate('key', 'key', record({ data: 'lost' }), 1), 'exists')
    t.equal(await storage.read('key'), record())
  }),

  scenario('rotate with another version is a conflict and changes nothing', async ({ t, storage, record }) => {
    await storage.create('old', record())
    await storage.update('old', record({ data: 'second' }), 1)
    for (const wrong of [1, 0, 3]) {
      t.equal(await storage.rotate('old', 'new', record({ data: 'lost' }), wrong), 'conflict')
    }
    t.equal(await storage.read('old'), record({ data: 'second', version: 2 }))
    t.equal(await storage.read('new'), null)
    t.equal(await storage.create('new', record()), true, 'the new key is still free')
  }),

  scenario('rotating an unknown or deleted session stores nothing', async ({ t, storage, record }) => {
    t.equal(await storage.rotate('unknown', 'new', record(), 1), 'gone')
    await storage.create('deleted', record())
    await storage.delete('deleted')
    t.equal(await storage.rotate('deleted', 'new', record(), 1), 'gone')
    t.equal(await storage.read('new'), null)
    t.equal(await storage.create('new', record()), true, 'the new key is still free')
  }),
]
