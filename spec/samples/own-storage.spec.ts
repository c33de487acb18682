import test from 'ava'
import type { SessionRecord } from 'koa-typed-sessions/contracts'
import { storageScenarios } from 'koa-typed-sessions/testing'
import { createApp } from '../../samples/own-storage/app.ts'
import { prove } from '../../samples/own-storage/proof.ts'
import { mapStorage } from '../../samples/own-storage/storage.ts'
import { assertions } from '../support/assertions.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { serve } from '../support/serve.ts'

for (const scenario of storageScenarios({ list: false, sweep: false })) {
  test(`the sample's own storage: ${scenario.title}`, (t) =>
    scenario.run(assertions(t), ({ clock }) => mapStorage(new Map(), clock)))
}

test('clicks are counted in the own storage, also those that come at once', async (t) => {
  const rows = new Map<string, SessionRecord>()
  const browser = new BrowserJar()
  const url = await serve(t, createApp({ rows }))
  t.regex(await browser.page(url), /You have no session yet/)
  await browser.post(`${url}/click`)
  await Promise.all(Array.from({ length: 5 }, () => browser.post(`${url}/click`)))
  t.regex(await browser.page(url), /clicked <strong>6<\/strong> times/)
  t.is(rows.size, 1)
})

test('the page shows the keys that are kept, and none of them is the id', async (t) => {
  const rows = new Map<string, SessionRecord>()
  const browser = new BrowserJar()
  const url = await serve(t, createApp({ rows }))
  await browser.post(`${url}/click`)
  const text = await browser.page(url)
  const [key] = rows.keys()
  t.true(text.includes(`<code>${key}</code>, version 1`))
  t.false(text.includes(browser.cookie('clicks')!.value))
})

test('whoever is forgotten is gone from the browser and from the storage', async (t) => {
  const rows = new Map<string, SessionRecord>()
  const browser = new BrowserJar()
  const url = await serve(t, createApp({ rows }))
  await browser.post(`${url}/click`)
  const thief = browser.copy()
  await browser.post(`${url}/forget`)
  t.deepEqual(browser.cookies, [])
  t.is(rows.size, 0)
  t.regex(await thief.page(url), /You have no session yet/)
})

test('the page proves that the storage keeps every promise', async (t) => {
  const url = await serve(t, createApp())
  const text = await new BrowserJar().page(`${url}/prove`, { method: 'POST' })
  t.regex(text, /It keeps every promise\./)
  t.regex(text, /destroyed means destroyed: \d+ passed/)
  t.notRegex(text, /not passed/)
})

test('a storage that was broken is found out, with what it breaks', async (t) => {
  const proofs = await prove(({ clock }) => ({ ...mapStorage(new Map(), clock), delete: () => true }))
  const destroyed = proofs.find(({ guarantee }) => guarantee === 'destroyed means destroyed')
  t.true(destroyed?.failed.includes('a deleted session is gone at once'))
  const others = proofs.find(({ guarantee }) => guarantee === 'a renewal never creates and never shortens')
  t.true(others!.passed > 0)
})
