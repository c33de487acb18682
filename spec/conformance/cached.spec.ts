import test from 'ava'
import { cachedStorage } from '../../lib/storages/cached.ts'
import { memoryStorage } from '../../lib/storages/memory.ts'
import { storageScenarios } from '../../lib/testing/index.ts'
import { assertions } from '../support/assertions.ts'
import { slowStorage } from '../support/slow-storage.ts'

for (const scenario of storageScenarios()) {
  test(`over a synchronous storage: ${scenario.title}`, (t) =>
    scenario.run(assertions(t), ({ clock }) => cachedStorage(memoryStorage({ clock }), { clock })))

  test(`over an asynchronous storage: ${scenario.title}`, (t) =>
    scenario.run(assertions(t), ({ clock }) => cachedStorage(slowStorage(memoryStorage({ clock })), { clock })))
}
