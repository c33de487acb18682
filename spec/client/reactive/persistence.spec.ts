import test, { type ExecutionContext } from 'ava'
import { flush, autorun } from 'koa-typed-sessions/client'
import type { Environment } from '../../../lib/client/environment.ts'
import type { ReactiveSessionOptions } from '../../../lib/client/reactive/reactive-session.ts'
import { Browser, FakeStorage } from '../_browser.ts'
import { toCanonicalText } from '../../../lib/wire/canonical-text.ts'
import { calls, reported, store } from '../_stage.ts'

interface Values {
  selected: string
  count: number
  when: Date
}

const named = (t: ExecutionContext, environment: Environment, options: ReactiveSessionOptions<Values> = {}) =>
  store<Values>(t, options, environment, 'kept')

test.serial('by default values survive a reload, once, in their tab alone', async (t) => {
  const browser = new Browser()
  const [tab, other] = [browser.tab(), browser.tab()]
  const before = named(t, tab, { initial: { count: 0 } })
  before.set({ selected: 'ada', when: new Date(5) })
  before.set('count', 3)
  t.deepEqual(Object.keys(tab.sessionStorage), [])
  await tab.dispatch('pagehide')
  before.destroy()

  const elsewhere = named(t, other)
  t.deepEqual(elsewhere.all(), {})
  elsewhere.destroy()

  const after = named(t, tab, { initial: { count: 0 } })
  t.is(after.get('selected'), 'ada')
  t.is(after.get('count'), 3)
  t.is(after.get('when')!.getTime(), 5)
  t.deepEqual(Object.keys(tab.sessionStorage), [])
  after.destroy()
  t.is(tab.listeners, 0)
  t.deepEqual(named(t, tab).all(), {})
})

test.serial('what was kept wins over what is initial, key by key', async (t) => {
  const tab = new Browser().tab()
  named(t, tab, { initial: { count: 1 }, persist: 'tab' }).set('count', 2)
  const names = Object.keys(tab.sessionStorage)
  t.is(names.length, 1)
  const second = store<Values>(t, { initial: { count: 1, selected: 'new' }, persist: 'tab' }, tab, 'kept too')
  t.deepEqual(second.all(), { count: 1, selected: 'new' })
})

test.serial('persist: none keeps nothing', async (t) => {
  const tab = new Browser().tab()
  named(t, tab, { persist: 'none' }).set('count', 1)
  await tab.dispatch('pagehide')
  t.deepEqual([Object.keys(tab.sessionStorage), Object.keys(tab.localStorage), tab.listeners], [[], [], 0])
})

test.serial('persist: tab keeps each change until it is deleted, over any number of reloads', (t) => {
  const tab = new Browser().tab()
  let session = named(t, tab, { persist: 'tab' })
  session.set({ selected: 'ada', count: 1 })
  for (let reload = 0; reload < 3; reload++) {
    session.destroy()
    session = named(t, tab, { persist: 'tab' })
    t.deepEqual(session.all(), { selected: 'ada', count: 1 })
  }
  session.delete('count')
  session.destroy()
  session = named(t, tab, { persist: 'tab' })
  t.deepEqual(session.all(), { selected: 'ada' })
  session.clear()
  t.deepEqual(Object.keys(tab.sessionStorage), [])
})

test.serial('persist: device is seen by other tabs, each key by itself', async (t) => {
  const browser = new Browser()
  const [here, there] = [browser.tab(), browser.tab()]
  const session = named(t, here, { persist: 'device', initial: { count: 0 } })
  const [seen, see] = calls<unknown>()
  autorun(() => see(session.get('selected')))
  const from = async (key: string | null, newValue: string | null, storageArea = here.localStorage) => {
    if (key === null) for (const each of Object.keys(storageArea)) storageArea.removeItem(each)
    else if (newValue === null) storageArea.removeItem(key)
    else storageArea.setItem(key, newValue)
    await here.dispatch('storage', { key, storageArea })
    flush()
  }
  session.set('count', 1)
  const [item = ''] = Object.keys(there.localStorage)
  const selected = item.replace('count', 'selected')
  await from(selected, '"ada"')
  await from(selected, '"eve"', here.sessionStorage)
  await from('of-another-app', '"eve"')
  t.deepEqual(seen, [undefined, 'ada'])
  t.is(session.get('count'), 1)
  await from(selected, null)
  t.deepEqual(seen, [undefined, 'ada', undefined])
  await from(null, null)
  t.deepEqual(session.all(), {})
})

test.serial('persist: device: of two tabs that set at once both come to show what is kept', async (t) => {
  const tab = new Browser().tab()
  const session = named(t, tab, { persist: 'device' })
  session.set('count', 1)
  const [item = ''] = Object.keys(tab.localStorage)
  // The other tab had set 2 before this one set 1, and its event comes late.
  await tab.dispatch('storage', { key: item, newValue: '2', storageArea: tab.localStorage })
  t.is(session.get('count'), 1)
})

test.serial('persist: tab follows the other pages of its tab, as one of the Back button does', async (t) => {
  const tab = new Browser().tab()
  const session = named(t, tab, { persist: 'tab' })
  session.set('count', 1)
  const [key = ''] = Object.keys(tab.sessionStorage)
  tab.sessionStorage.setItem(key, '2')
  await tab.dispatch('storage', { key, storageArea: tab.localStorage })
  t.is(session.get('count'), 1)
  await tab.dispatch('storage', { key, storageArea: tab.sessionStorage })
  t.is(session.get('count'), 2)
})

test.serial('what is set by whoever cleans up at a change is what is kept', (t) => {
  const tab = new Browser().tab()
  const session = named(t, tab, { persist: 'tab' })
  autorun((computation) => {
    session.get('count')
    computation.onInvalidate(() => session.set('count', 2))
  })
  session.set('count', 1)
  t.is(session.get('count'), 2)
  session.destroy()
  t.is(named(t, tab, { persist: 'tab' }).get('count'), 2)
})

test.serial('what another tab says is not written again', async (t) => {
  const tab = new Browser().tab()
  const session = named(t, tab, { persist: 'device' })
  session.set('count', 1)
  const [item = ''] = Object.keys(tab.localStorage)
  tab.localStorage.setItem(item, '2')
  tab.localStorage.setItem = () => t.fail()
  await tab.dispatch('storage', { key: item, storageArea: tab.localStorage })
  t.is(session.get('count'), 2)
})

test.serial('stores of names that look alike keep their values apart', (t) => {
  const tab = new Browser().tab()
  const pairs = [
    ['a', 'b:c'],
    ['a:b', 'c'],
    ['a"', ':b'],
    ['', 'a'],
  ] as const
  for (const [name, key] of pairs) {
    const session = store<Record<string, string>>(t, { persist: 'tab' }, tab, name)
    session.set(key, name)
    session.destroy()
  }
  for (const [name, key] of pairs) {
    t.deepEqual(store<Record<string, string>>(t, { persist: 'tab' }, tab, name).all(), { [key]: name })
  }
})

test.serial('what was deleted after the Back button does not come up again', async (t) => {
  const tab = new Browser().tab()
  const session = named(t, tab)
  session.set({ selected: 'ada', count: 1 })
  await tab.dispatch('pagehide')
  session.delete('selected')
  await tab.dispatch('pagehide')
  session.destroy()
  t.deepEqual(named(t, tab).all(), { count: 1 })
})

const shownAgain = { persisted: true }

test.serial('Back: a page that was kept shows what another page of its tab has set meanwhile', async (t) => {
  const tab = new Browser().tab()
  const first = named(t, tab)
  first.set({ selected: 'ada', count: 1 })
  await tab.dispatch('pagehide', shownAgain)
  const page = tab.anotherPage()
  const second = named(t, page)
  t.deepEqual(second.all(), { selected: 'ada', count: 1 })
  second.set('count', 2)
  second.delete('selected')
  await page.dispatch('pagehide', shownAgain)

  const [seen, see] = calls<unknown>()
  autorun(() => see(first.get('selected')))
  await tab.dispatch('pageshow', shownAgain)
  t.deepEqual(first.all(), { count: 2 })
  t.deepEqual(seen, ['ada', undefined])
  t.deepEqual(Object.keys(tab.sessionStorage), [], 'nothing is left that could come up again')
})

test.serial('Back: the values of the page that was left are taken up, also where it stores them late', async (t) => {
  const tab = new Browser().tab()
  const first = named(t, tab)
  first.set({ selected: 'ada', count: 1 })
  await tab.dispatch('pagehide', shownAgain)
  const page = tab.anotherPage()
  const second = named(t, page)
  second.set('count', 2)
  second.delete('selected')
  // Chromium has the page before shown again first.
  await tab.dispatch('pageshow', shownAgain)
  await page.dispatch('pagehide', shownAgain)
  for (const key of Object.keys(tab.sessionStorage)) {
    const event = { key, storageArea: tab.sessionStorage }
    await tab.dispatch('storage', { key, storageArea: tab.localStorage })
    // An event may come twice, or late.
    await tab.dispatch('storage', event)
    await tab.dispatch('storage', event)
  }
  await tab.dispatch('storage', { key: 'of-another-app', storageArea: tab.sessionStorage })
  await tab.dispatch('storage', { key: null, storageArea: tab.sessionStorage })
  t.deepEqual(first.all(), { count: 2 })
  t.deepEqual(Object.keys(tab.sessionStorage), [])
})

test.serial(
  'persist: reload: a page that was not kept takes up nothing of another one while it is shown',
  async (t) => {
    const tab = new Browser().tab()
    const session = named(t, tab)
    session.set('count', 1)
    const frame = tab.anotherPage()
    named(t, frame).set('count', 2)
    await frame.dispatch('pagehide')
    const [key = ''] = Object.keys(tab.sessionStorage)
    await tab.dispatch('storage', { key, storageArea: tab.sessionStorage })
    t.is(session.get('count'), 1)
  },
)

test.serial('Back: what another page has cleared does not come up again', async (t) => {
  const tab = new Browser().tab()
  const first = named(t, tab)
  first.set({ selected: 'ada' })
  await tab.dispatch('pagehide', shownAgain)
  const page = tab.anotherPage()
  named(t, page).clear()
  await page.dispatch('pagehide', shownAgain)
  await tab.dispatch('pageshow', shownAgain)
  t.deepEqual(first.all(), {})
  await tab.dispatch('pagehide')
  t.deepEqual(named(t, tab.anotherPage()).all(), {})
})

test.serial(
  'Back: a page without the store in between changes nothing, and nothing is left in the storage',
  async (t) => {
    const tab = new Browser().tab()
    const session = named(t, tab, { initial: { count: 0 } })
    session.set('selected', 'ada')
    await tab.dispatch('pagehide', shownAgain)
    t.is(Object.keys(tab.sessionStorage).length, 2)
    await tab.dispatch('pageshow', shownAgain)
    t.deepEqual(session.all(), { count: 0, selected: 'ada' })
    t.deepEqual(Object.keys(tab.sessionStorage), [])
    session.delete('selected')
    session.destroy()
    t.deepEqual(named(t, tab).all(), {})
  },
)

test.serial('Back: what could not be stored is still there', async (t) => {
  const tab = new Browser().tab()
  Object.defineProperty(tab.sessionStorage, 'setItem', {
    value: () => {
      throw new Error('QuotaExceededError')
    },
    enumerable: false,
  })
  const session = named(t, tab)
  session.set('count', 1)
  await tab.dispatch('pagehide', shownAgain)
  await tab.dispatch('pageshow', shownAgain)
  t.is(session.get('count'), 1)
})

for (const persist of ['tab', 'device'] as const) {
  test.serial(`Back, persist: ${persist}: what others have set and deleted meanwhile is seen`, async (t) => {
    const tab = new Browser().tab()
    const session = named(t, tab, { persist, initial: { when: new Date(5) } })
    session.set({ selected: 'ada', count: 1 })
    await tab.dispatch('pagehide', shownAgain)
    const storage = persist === 'tab' ? tab.sessionStorage : tab.localStorage
    for (const item of Object.keys(storage)) {
      if (item.endsWith('selected')) storage.removeItem(item)
      if (item.endsWith('count')) storage.setItem(item, '2')
    }
    const runs = { count: 0, when: 0 }
    autorun(() => {
      session.get('count')
      runs.count++
    })
    autorun(() => {
      session.get('when')
      runs.when++
    })
    await tab.dispatch('pageshow', { persisted: false })
    t.is(session.get('count'), 1)
    await tab.dispatch('pageshow', shownAgain)
    t.deepEqual(session.all(), { when: session.get('when')!, count: 2 })
    t.deepEqual(runs, { count: 2, when: 1 })
  })
}

test.serial('a destroyed store takes nothing up when its page is shown again', async (t) => {
  const tab = new Browser().tab()
  const session = named(t, tab, { persist: 'device' })
  session.set('count', 1)
  session.destroy()
  await tab.dispatch('pageshow', shownAgain)
  t.deepEqual(session.all(), {})
})

test.serial('a value that does not fit leaves no older one to be taken for it', (t) => {
  const tab = new Browser().tab()
  const setItem = tab.sessionStorage.setItem.bind(tab.sessionStorage)
  const withQuota = (name: string, text: string): void => {
    if (text.length > 100) throw new Error('QuotaExceededError')
    setItem(name, text)
  }
  Object.defineProperty(tab.sessionStorage, 'setItem', { value: withQuota, enumerable: false })
  const session = named(t, tab, { persist: 'tab' })
  session.set('selected', 'ada')
  session.set('selected', 'x'.repeat(1_000))
  t.is(session.get('selected')!.length, 1_000)
  session.destroy()
  t.deepEqual(named(t, tab, { persist: 'tab' }).all(), {})
})

for (const text of ['{"$":["URL","https://example.org"]}', '{"$":["Point",{"x":1}]}', '', 'null"', '"half']) {
  test.serial(`a text that this release does not know is no value: ${text || 'the empty one'}`, (t) => {
    const tab = new Browser().tab()
    named(t, tab, { persist: 'device' }).set({ selected: 'ada', count: 1 })
    const item = Object.keys(tab.localStorage).find((name) => name.endsWith('selected'))!
    tab.localStorage.setItem(item, text)
    const [errors, onError] = calls<unknown>()
    const session = named(t, tab.anotherPage(), { persist: 'device', onError })
    t.deepEqual(session.all(), { count: 1 })
    t.is(errors.length, 1)
    session.set('selected', 'eve')
    t.is(tab.localStorage.getItem(item), '"eve"')
  })
}

test.serial('five million characters that were stored are taken up, and an onError that throws breaks nothing', (t) => {
  reported(t)
  const tab = new Browser().tab()
  const first = named(t, tab, { persist: 'tab' })
  first.set({ selected: 'x'.repeat(5_000_000), count: 1 })
  const item = Object.keys(tab.sessionStorage).find((name) => name.endsWith('count'))!
  tab.sessionStorage.setItem(item, 'spoilt')
  const onError = () => {
    throw new Error('mine')
  }
  const session = named(t, tab.anotherPage(), { persist: 'tab', onError })
  t.is(session.get('selected')!.length, 5_000_000)
  t.false('count' in session.all())
})

const cycle: { self?: unknown } = {}
cycle.self = cycle

for (const [what, value] of [
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
  ['a cycle', cycle],
  ['what looks like an element of the page', new (class HTMLElement {})()],
  ['a Promise', Promise.resolve()],
  ['a WeakMap', new WeakMap()],
] as const) {
  test.serial(`${what} is not set, and nothing of it is stored`, (t) => {
    const tab = new Browser().tab()
    const session = store<Record<string, unknown>>(t, { persist: 'device', initial: { b: 1 } }, tab, 'kept')
    t.throws(() => session.set({ a: 1, b: value }), { instanceOf: TypeError })
    t.deepEqual(session.all(), { b: 1 })
    t.deepEqual(Object.keys(tab.localStorage), [])
  })
}

test.serial('any key and any value that is kept comes back after a reload', (t) => {
  const tab = new Browser().tab()
  const values = {
    ['__proto__']: 1n,
    constructor: new Date(NaN),
    '': undefined,
    toString: new Map([[NaN, new Set([-0])]]),
    ':"': [null, { $: 1 }],
    getItem: 'a method of storages',
  }
  const first = store<Record<string, unknown>>(t, { persist: 'tab' }, tab, 'kept')
  first.set(values)
  const text = toCanonicalText(first.all())
  const session = store<Record<string, unknown>>(t, { persist: 'tab' }, tab.anotherPage(), 'kept')
  t.is(toCanonicalText(session.all()), text)
  t.is(Object.keys(session.all()).length, 6)
})

test.serial('a storage that the user has blocked is done without, and onError is told', (t) => {
  const tab = new Browser().tab()
  Object.defineProperty(tab, 'sessionStorage', {
    get() {
      throw new Error('SecurityError')
    },
  })
  const [errors, onError] = calls<unknown>()
  const session = named(t, tab, { persist: 'tab', onError })
  t.notThrows(() => session.set('count', 1))
  t.is(session.get('count'), 1)
  t.is(errors.length, 2)
  session.destroy()
  t.notThrows(() => named(t, tab, { persist: 'tab' }).set('count', 1))
})

test.serial('a storage that is full is done without, and onError is told', async (t) => {
  const tab = new Browser().tab()
  tab.sessionStorage.setItem = () => {
    throw new Error('QuotaExceededError')
  }
  Object.defineProperty(tab.sessionStorage, 'setItem', { enumerable: false })
  const [errors, onError] = calls<unknown>()
  const session = named(t, tab, { onError })
  session.set('count', 1)
  await tab.dispatch('pagehide')
  t.is(errors.length, 1)
  t.is(session.get('count'), 1)
})

test.serial('a value that is too large to be kept keeps no other one from it', async (t) => {
  const tab = new Browser().tab()
  const setItem = tab.sessionStorage.setItem.bind(tab.sessionStorage)
  const withQuota = (name: string, text: string): void => {
    if (text.length > 100) throw new Error('QuotaExceededError')
    setItem(name, text)
  }
  Object.defineProperty(tab.sessionStorage, 'setItem', { value: withQuota, enumerable: false })
  const [errors, onError] = calls<unknown>()
  const session = named(t, tab, { onError })
  session.set({ selected: 'x'.repeat(1_000), count: 1 })
  await tab.dispatch('pagehide')
  t.is(errors.length, 1)
  session.destroy()
  t.deepEqual(named(t, tab).all(), { count: 1 })
})

test.serial('what is kept and is no value is done without, what stands beside it counts, and onError is told', (t) => {
  const tab = new Browser().tab()
  const first = named(t, tab, { persist: 'tab' })
  first.set({ selected: 'ada', count: 1 })
  first.destroy()
  const item = Object.keys(tab.sessionStorage).find((name) => name.endsWith('selected'))!
  tab.sessionStorage.setItem(item, '{"half')
  const [errors, onError] = calls<unknown>()
  const session = named(t, tab, { persist: 'tab', initial: { selected: 'initial' }, onError })
  t.deepEqual(session.all(), { count: 1, selected: 'initial' })
  t.is(errors.length, 1)
})

test.serial('a value that another tab has spoilt leaves what there was', async (t) => {
  const tab = new Browser().tab()
  const session = named(t, tab, { persist: 'device' })
  session.set('count', 1)
  const [key = ''] = Object.keys(tab.localStorage)
  tab.localStorage.setItem(key, 'spoilt')
  await tab.dispatch('storage', { key, storageArea: tab.localStorage })
  t.is(session.get('count'), 1)
})

test.serial('a destroyed store keeps nothing any more, and what it had kept stays', (t) => {
  const tab = new Browser().tab()
  const session = named(t, tab, { persist: 'tab' })
  session.set('count', 1)
  session.destroy()
  session.set('count', 2)
  session.clear()
  t.deepEqual(named(t, tab, { persist: 'tab' }).all(), { count: 1 })
  t.true(tab.sessionStorage instanceof FakeStorage)
})
