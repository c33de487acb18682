import test from 'ava'
import fc from 'fast-check'
import { ExpiryTable } from '../../../lib/storages/memory/expiry-table.ts'

interface Thing {
  slot: number
  readonly name: number
}

const NOW = 1000
const LATER = 2000

function filled(count: number, expiresAt: (name: number) => number): { table: ExpiryTable<Thing>; things: Thing[] } {
  const table = new ExpiryTable<Thing>()
  const things = Array.from({ length: count }, (_, name) => ({ slot: 0, name }))
  for (const thing of things) table.add(thing, expiresAt(thing.name))
  return { table, things }
}

test('nothing is found where there is nothing', (t) => {
  const table = new ExpiryTable<Thing>()
  t.is(table.nextExpired(NOW, 1), undefined)
  t.is(table.countExpired(NOW), 0)
  t.is(table.size, 0)
})

test('each keeps its expiry, however many come and go', (t) => {
  const { table, things } = filled(1000, (name) => name)
  for (const thing of things) if (thing.name % 3 === 0) table.remove(thing)
  const left = things.filter(({ name }) => name % 3 !== 0)
  t.is(table.size, left.length)
  for (const thing of left) t.is(table.expiryOf(thing), thing.name)
  t.is(table.countExpired(500), left.filter(({ name }) => name <= 500).length)
})

test('an expiry that is moved counts from then on', (t) => {
  const { table, things } = filled(2, () => LATER)
  table.setExpiry(things[1]!, NOW)
  t.deepEqual([table.nextExpired(NOW, 1), table.nextExpired(NOW, 1)], [undefined, things[1]])
})

test('no more are looked at than one may, and none beyond the end of the round', (t) => {
  const { table, things } = filled(10, (name) => (name === 6 ? NOW : LATER))
  t.is(table.nextExpired(NOW, 6), undefined)
  t.is(table.position, 6)
  t.is(table.nextExpired(NOW, 6), things[6])
  t.is(table.position, 7)
  t.is(table.nextExpired(NOW, 6), undefined)
  t.true(table.isRoundOver)
  t.is(table.nextExpired(NOW, 6), undefined)
})

test('another round looks at all of them again, wherever the one before has come to', (t) => {
  const { table, things } = filled(3, () => NOW)
  table.nextExpired(NOW, 1)
  table.nextExpired(NOW, 1)
  table.startRound()
  t.deepEqual([table.nextExpired(NOW, 1), table.nextExpired(NOW, 1), table.nextExpired(NOW, 1)], things)
})

test('a round looks at each that is there all the while once, whatever comes and goes meanwhile', (t) => {
  const act = fc.record({ what: fc.constantFrom('look', 'remove', 'add'), which: fc.nat() })
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(act, { maxLength: 60 }), (count, acts) => {
        const { table, things } = filled(count, () => NOW)
        const present = [...things]
        const seen: Thing[] = []
        const look = (): void => {
          const found = table.nextExpired(NOW, 1)
          if (found && !seen.includes(found)) seen.push(found)
        }
        for (const { what, which } of acts) {
          if (what === 'look' && seen.length < present.length) look()
          if (what === 'add') {
            const thing = { slot: 0, name: which }
            table.add(thing, NOW)
            present.push(thing)
          }
          if (what === 'remove' && present.length > 0) {
            const [gone] = present.splice(which % present.length, 1) as [Thing]
            table.remove(gone)
            if (seen.includes(gone)) seen.splice(seen.indexOf(gone), 1)
          }
        }
        // No more looks than there are things not seen yet.
        for (let rest = present.length - seen.length; rest > 0; rest--) look()
        return present.every((thing) => seen.includes(thing)) && table.size === present.length
      }),
      { numRuns: 500 },
    ),
  )
})

test('whether one may have expired is never denied where one has, and is denied behind a round that found none', (t) => {
  const table = new ExpiryTable<{ slot: number }>()
  const all = Array.from({ length: 50 }, () => ({ slot: 0 }))
  for (const [index, thing] of all.entries()) table.add(thing, 100 + index)
  t.false(table.mayHaveExpired(99))
  t.true(table.mayHaveExpired(100))
  for (const thing of all) table.setExpiry(thing, 200 + thing.slot)
  t.true(table.mayHaveExpired(100), 'nobody has looked yet')
  table.startRound()
  t.is(table.nextExpired(150, 100), undefined)
  t.false(table.mayHaveExpired(199))
  t.true(table.mayHaveExpired(200))
  table.setExpiry(all[30]!, 160)
  t.true(table.mayHaveExpired(160))
  table.startRound()
  t.is(table.nextExpired(170, 100), all[30])
  table.remove(all[30]!)
  t.is(table.nextExpired(170, 100), undefined)
  t.false(table.mayHaveExpired(199))
})
