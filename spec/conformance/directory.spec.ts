import test from 'ava'
import { directoryStorage } from '../../lib/storages/directory.ts'
import { storageScenarios } from '../../lib/testing/index.ts'
import { assertions } from '../support/assertions.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

for (const durability of ['none', 'full'] as const) {
  for (const scenario of storageScenarios()) {
    test(`durability ${durability}: ${scenario.title}`, (t) =>
      scenario.run(assertions(t), ({ clock }) => directoryStorage(temporaryFolder(t), { durability, clock })))
  }
}
