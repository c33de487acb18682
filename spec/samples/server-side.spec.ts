import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { createApp } from '../../samples/server-side/app.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { serve } from '../support/serve.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** All that stands in a folder: names and contents. */
function everything(directory: string): string {
  const paths = readdirSync(directory, { recursive: true }).map(String)
  const contents = paths.map((path) => join(directory, path)).filter((path) => statSync(path).isFile())
  return [...paths, ...contents.map((path) => readFileSync(path, 'latin1'))].join('\n')
}

test('a notebook is still open when the app was started again', async (t) => {
  const directory = temporaryFolder(t)
  const browser = new BrowserJar()
  const before = await serve(t, createApp({ directory }))
  await browser.post(`${before}/sign-in`, { owner: 'Ada' })
  await browser.post(`${before}/notes`, { note: 'The engine weaves algebraic patterns.' })
  const after = await serve(t, createApp({ directory }))
  const page = await browser.page(after)
  t.regex(page, /notebook of <strong>Ada<\/strong>/)
  t.regex(page, /<li>The engine weaves algebraic patterns\.<\/li>/)
  t.regex(await browser.page(await serve(t, createApp({ directory: temporaryFolder(t) }))), /Whose notebook is it\?/)
})

test('the id is nowhere in the folder, while the name and the notes are', async (t) => {
  const directory = temporaryFolder(t)
  const browser = new BrowserJar()
  const url = await serve(t, createApp({ directory }))
  await browser.post(`${url}/sign-in`, { owner: 'Ada' })
  await browser.post(`${url}/notes`, { note: 'Kept at rest' })
  const id = browser.cookie('notebook')!.value
  const kept = everything(directory)
  t.true(kept.includes('Ada'))
  t.true(kept.includes('Kept at rest'))
  t.false(kept.includes(id))
  t.false(kept.includes(Buffer.from(id, 'base64url').toString('latin1')))
})

test('notes that are sent at the same time are all kept', async (t) => {
  const browser = new BrowserJar()
  const url = await serve(t, createApp({ directory: temporaryFolder(t) }))
  await browser.post(`${url}/sign-in`, { owner: 'Ada' })
  const notes = Array.from({ length: 12 }, (_, index) => `note ${index}.`)
  await Promise.all(notes.map((note) => browser.post(`${url}/notes`, { note })))
  const page = await browser.page(url)
  for (const note of notes) t.true(page.includes(`<li>${note}</li>`), note)
})

test('a note from a browser that has no notebook is dropped', async (t) => {
  const browser = new BrowserJar()
  const url = await serve(t, createApp({ directory: temporaryFolder(t) }))
  t.is((await browser.post(`${url}/notes`, { note: 'lost' })).status, 303)
  t.deepEqual(browser.cookies, [])
})

test('after signing out nothing is left of the notebook, neither in the browser nor in the folder', async (t) => {
  const directory = temporaryFolder(t)
  const browser = new BrowserJar()
  const url = await serve(t, createApp({ directory }))
  await browser.post(`${url}/sign-in`, { owner: 'Ada' })
  const thief = browser.copy()
  await browser.post(`${url}/sign-out`)
  t.deepEqual(browser.cookies, [])
  t.regex(await thief.page(url), /Whose notebook is it\?/)
  t.false(everything(directory).includes('Ada'))
})
