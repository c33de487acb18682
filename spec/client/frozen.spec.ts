import test from 'ava'
import { expectTypeOf } from 'expect-type'
import type { Frozen } from 'koa-typed-sessions/client'
import { store } from './_stage.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

interface Values {
  anything: unknown
  untyped: ReturnType<typeof JSON.parse>
  json: Json
  shape: { kind: 'circle'; r: number } | { kind: 'path'; points: readonly [number, number][] }
  id: string & { readonly brand: 'id' }
  when?: Date
  names: Map<string, Set<{ n: number }>>
}

// The compiler looks at what is written here; that it comes back so at run time is what the test says.
test.serial('what a store gives has the type of what was set, read-only', (t) => {
  const session = store<Values>(t)
  expectTypeOf(session.get('anything')).toBeUnknown()
  expectTypeOf(session.get('untyped')).toBeAny()
  expectTypeOf(session.get('when')).toEqualTypeOf<Date | undefined>()
  expectTypeOf(session.get('id')).toEqualTypeOf<Values['id'] | undefined>()
  expectTypeOf<Frozen<Values['names']>>().toEqualTypeOf<ReadonlyMap<string, ReadonlySet<{ readonly n: number }>>>()
  expectTypeOf<Frozen<[1, { a: 2 }]>>().toEqualTypeOf<readonly [1, { readonly a: 2 }]>()
  expectTypeOf<Frozen<[string, ...number[]]>>().toEqualTypeOf<readonly [string, ...number[]]>()
  expectTypeOf<Frozen<() => void>>().toBeNever()

  session.set('anything', null)
  const anything: unknown = session.get('anything')
  t.is(anything, null)
  session.set('json', [{ a: [1, null] }])
  session.set('json', session.get('json') ?? null)
  session.set('shape', { kind: 'path', points: [[1, 2]] })
  const shape = session.get('shape')
  t.is(shape?.kind === 'path' ? shape.points[0]?.[1] : 0, 2)
  session.set('shape', shape ?? { kind: 'circle', r: 1 })
  // @ts-expect-error it is read-only
  t.throws(() => shape?.kind === 'path' && shape.points.push([3, 4]), { instanceOf: TypeError })
  // @ts-expect-error there is no such kind
  session.equals('shape', { kind: 'square' })
})
