import test from 'ava'
import { createApp } from '../../samples/hello/app.ts'
import { BrowserJar } from '../support/browser-jar.ts'
import { serve } from '../support/serve.ts'

const keys = ['hello-key-of-thirty-two-characters']

test('each visit is counted, for each browser on its own', async (t) => {
  const url = await serve(t, createApp({ keys }))
  const browser = new BrowserJar()
  t.regex(await browser.page(url), /<strong>1<\/strong> time\./)
  t.regex(await browser.page(url), /<strong>2<\/strong> times\./)
  t.regex(await new BrowserJar().page(url), /<strong>1<\/strong> time\./)
})

test('a counter that was tampered with is no session, and counting begins again', async (t) => {
  const url = await serve(t, createApp({ keys }))
  const browser = new BrowserJar()
  await browser.page(url)
  await browser.page(url)
  const value = browser.cookie('visits')!.value
  const forged = value.slice(0, 20) + (value[20] === 'A' ? 'B' : 'A') + value.slice(21)
  const send = async (text: string): Promise<string> => {
    return (await fetch(url, { headers: { cookie: `visits=${text}` } })).text()
  }
  t.regex(await send(value), /<strong>3<\/strong>/)
  t.regex(await send(forged), /<strong>1<\/strong>/)
})

test('a counter outlives the app that signed it, as long as the keys stay', async (t) => {
  const browser = new BrowserJar()
  await browser.page(await serve(t, createApp({ keys })))
  t.regex(await browser.page(await serve(t, createApp({ keys }))), /<strong>2<\/strong>/)
  const others = ['another-key-of-thirty-two-characters']
  t.regex(await browser.page(await serve(t, createApp({ keys: others }))), /<strong>1<\/strong>/)
})

test('a visitor can be forgotten: the cookie is gone', async (t) => {
  const url = await serve(t, createApp({ keys }))
  const browser = new BrowserJar()
  await browser.page(url)
  await browser.page(url)
  const forgotten = await browser.post(`${url}/forget`)
  t.is(forgotten.status, 303)
  t.is(browser.cookie('visits'), undefined)
  t.regex(await browser.page(url), /<strong>1<\/strong>/)
})
