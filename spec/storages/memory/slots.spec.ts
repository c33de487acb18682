import test from 'ava'
import fc from 'fast-check'
import { Slots } from '../../../lib/storages/memory/slots.ts'

interface Thing {
  slot: number
  readonly name: number
}

const NOW = 1000
const LATER = 2000

function filled(count: number, expiresAt: (name: number) => number): { slots: Slots<Thing>; things: Thing[] } {
  const slots = new Slots<Thing>()
  const things = Array.from({ length: count }, (_, name) => ({ slot: 0, name }))
  for (const thing of things) slots.add(thing, expiresAt(thing.name))
  return { slots, things }
}

test('nothing is found where there is nothing', (t) => {
  const slots = new Slots<Thing>()
  t.is(slots.nextExpired(NOW, 1), undefined)
  t.is(slots.countExpired(NOW), 0)
  t.is(slots.size, 0)
})

test('each keeps its expiry, however many come and go', (t) => {
  const { slots, things } = filled(1000, (name) => name)
  for (const thing of things) if (thing.name % 3 === 0) slots.remove(thing)
  const left = things.filter(({ name }) => name % 3 !== 0)
  t.is(slots.size, left.length)
  for (const thing of left) t.is(slots.expiryOf(thing), thing.name)
  t.is(slots.countExpired(500), left.filter(({ name }) => name <= 500).length)
})

test('an expiry that is moved counts from then on', (t) => {
  const { slots, things } = filled(2, () => LATER)
  slots.setExpiry(things[1]!, NOW)
  t.deepEqual([slots.nextExpired(NOW, 1), slots.nextExpired(NOW, 1)], [undefined, things[1]])
})

test('no more are looked at than one may, and none beyond the end of the round', (t) => {
  const { slots, things } = filled(10, (name) => (name === 6 ? NOW : LATER))
  t.is(slots.nextExpired(NOW, 6), undefined)
  t.is(slots.place, 6)
  t.is(slots.nextExpired(NOW, 6), things[6])
  t.is(slots.place, 7)
  t.is(slots.nextExpired(NOW, 6), undefined)
  t.true(slots.isRoundOver)
  t.is(slots.nextExpired(NOW, 6), undefined)
})

test('another round looks at all of them again, wherever the one before has come to', (t) => {
  const { slots, things } = filled(3, () => NOW)
  slots.nextExpired(NOW, 1)
  slots.nextExpired(NOW, 1)
  slots.startRound()
  t.deepEqual([slots.nextExpired(NOW, 1), slots.nextExpired(NOW, 1), slots.nextExpired(NOW, 1)], things)
})

test('a round looks at each that is there all the while once, whatever comes and goes meanwhile', (t) => {
  const act = fc.record({ what: fc.constantFrom('look', 'remove', 'add'), which: fc.nat() })
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(act, { maxLength: 60 }), (count, acts) => {
        const { slots, things } = filled(count, () => NOW)
        const present = [...things]
        const seen: Thing[] = []
        const look = (): void => {
          const found = slots.nextExpired(NOW, 1)
          if (found && !seen.includes(found)) seen.push(found)
        }
        for (const { what, which } of acts) {
          if (what === 'look' && seen.length < present.length) look()
          if (what === 'add') {
            const thing = { slot: 0, name: which }
            slots.add(thing, NOW)
            present.push(thing)
          }
          if (what === 'remove' && present.length > 0) {
            const [gone] = present.splice(which % present.length, 1) as [Thing]
            slots.remove(gone)
            if (seen.includes(gone)) seen.splice(seen.indexOf(gone), 1)
          }
        }
        // No more looks than there are things not seen yet.
        for (let rest = present.length - seen.length; rest > 0; rest--) look()
        return present.every((thing) => seen.includes(thing)) && slots.size === present.length
      }),
      { numRuns: 500 },
    ),
  )
})

test('whether one may have expired is never denied where one has, and is denied behind a round that found none', (t) => {
  const slots = new Slots<{ slot: number }>()
  const all = Array.from({ length: 50 }, () => ({ slot: 0 }))
  for (const [index, thing] of all.entries()) slots.add(thing, 100 + index)
  t.false(slots.mayHaveExpired(99))
  t.true(slots.mayHaveExpired(100))
  for (const thing of all) slots.setExpiry(thing, 200 + thing.slot)
  t.true(slots.mayHaveExpired(100), 'nobody has looked yet')
  slots.startRound()
  t.is(slots.nextExpired(150, 100), undefined)
  t.false(slots.mayHaveExpired(199))
  t.true(slots.mayHaveExpired(200))
  slots.setExpiry(all[30]!, 160)
  t.true(slots.mayHaveExpired(160))
  slots.startRound()
  t.is(slots.nextExpired(170, 100), all[30])
  slots.remove(all[30]!)
  t.is(slots.nextExpired(170, 100), undefined)
  t.false(slots.mayHaveExpired(199))
})
