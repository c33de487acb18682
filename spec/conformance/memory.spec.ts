import test from 'ava'
import { memoryStorage } from '../../lib/storages/memory.ts'
import { storageScenarios } from '../../lib/testing/index.ts'
import { assertions } from '../support/assertions.ts'

for (const scenario of storageScenarios()) {
  test(scenario.title, (t) => scenario.run(assertions(t), memoryStorage))
}
