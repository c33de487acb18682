import test from 'ava'
import { SessionValueError } from '../../lib/errors.ts'
import { instances } from '../../lib/serializers/instances.ts'

class Cart {
  items = 1
}
class Other {}
class Nameless {}
Object.defineProperty(Nameless, 'name', { value: '' })
const ODD = Object.create({ constructor: { name: 'Cart' } }) as object

const carts = instances(JSON, Cart)

test('an instance comes back as one, without a call of its constructor', (t) => {
  const back = carts.parse(carts.stringify(new Cart()))
  t.is(Object.getPrototypeOf(back), Cart.prototype)
  t.deepEqual({ ...(back as object) }, { items: 1 })
})

for (const [what, value] of [
  ['a plain object', {}],
  ['an instance of Other', new Other()],
  ['an object of a class without a name', new Nameless()],
  ['an object of a class without a name', ODD],
] as const) {
  test(`${what} is refused (${value === ODD ? 'its constructor is an object' : 'by its prototype'})`, (t) => {
    t.throws(() => carts.stringify(value), {
      instanceOf: SessionValueError,
      message: `the value is ${what}, not an instance of the class Cart itself: pass new Cart(…), or leave 'type' out of the definition`,
    })
    t.is(t.throws<SessionValueError>(() => carts.stringify(value)).path, '')
  })
}

for (const text of ['1', 'null', '[1]', '"a"']) {
  test(`${text} holds no fields of an instance`, (t) => {
    t.throws(() => carts.parse(text), {
      instanceOf: SyntaxError,
      message: 'the fields of an instance must be a plain object',
    })
  })
}

test('a value that is not a plain object holds no fields of an instance', (t) => {
  const dates = instances({ stringify: () => '', parse: () => new Date(0) }, Cart)
  t.throws(() => dates.parse(''), { instanceOf: SyntaxError })
})
