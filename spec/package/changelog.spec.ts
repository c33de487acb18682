import test from 'ava'
import { manifest, read } from './_repository.ts'

test('the change log begins with what is not released yet, or with this version', (t) => {
  const first = /^## \[?([^\]\s]+)/m.exec(read('CHANGELOG.md'))?.[1]
  t.true(first === 'Unreleased' || first === manifest.version, `CHANGELOG.md begins with ${first ?? 'no section'}`)
})
