import test from 'ava'
import fc from 'fast-check'
import { pathTo, splitPath, type Place } from '../../../lib/serializers/superjson/path.ts'

function placeOf(steps: readonly string[]): Place {
  let place: Place | undefined
  for (const step of steps) place = { above: place, step }
  return place as Place
}

const step = fc.oneof(fc.string(), fc.constantFrom('', '.', '\\', '\\.', '..', '\\\\.'))

test('a path is read back as the steps that it was written from', (t) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1 }), (steps) => {
      t.deepEqual(splitPath(pathTo(placeOf(steps), undefined)), steps)
    }),
  )
})

test('a path may begin at a place above', (t) => {
  const from = placeOf(['a.b', 'c'])
  t.is(pathTo({ above: { above: from, step: '0' }, step: 'd.e' }, from), '0.d\\.e')
})

for (const path of ['\\', 'a\\', '\\n', 'a.\\b', '\\\\\\']) {
  test(`'${path}' is no path`, (t) => {
    t.throws(() => splitPath(path), { instanceOf: SyntaxError })
  })
}
