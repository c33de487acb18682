import test from 'ava'
import { cachedStorage } from '../../lib/storages/cached.ts'
import { storageFrom } from '../../lib/storages/text.ts'
import { storageScenarios } from '../../lib/testing/index.ts'
import { assertions } from '../support/assertions.ts'
import { slowTexts, textsInMap } from '../support/text-storages.ts'

for (const scenario of storageScenarios({ list: false, sweep: false })) {
  test(`over texts that come at once: ${scenario.title}`, (t) =>
    scenario.run(assertions(t), ({ clock }) => storageFrom(textsInMap(), { clock })))

  test(`over texts that come later: ${scenario.title}`, (t) =>
    scenario.run(assertions(t), ({ clock }) => storageFrom(slowTexts(textsInMap()), { clock })))

  test(`cached, over texts that come later: ${scenario.title}`, (t) =>
    scenario.run(assertions(t), ({ clock }) =>
      cachedStorage(storageFrom(slowTexts(textsInMap()), { clock }), { clock }),
    ))
}
