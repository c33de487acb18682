import { existsSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { chromium, type Browser } from 'playwright-core'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const hasChromium = existsSync(executablePath)

/** A test that needs Chromium, one at a time; visibly skipped where there is none. */
export const inChromium = hasChromium ? test.serial : test.serial.skip

/** Why it is skipped, for the title. */
export const note = hasChromium ? '' : ` (there is no Chromium at ${executablePath}: set CHROMIUM)`

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A browser of its own, closed when the test is over. Like a user's, it keeps pages for its Back button. */
export async function launch(t: ExecutionContext): Promise<Browser> {
  const ignoreDefaultArgs = ['--disable-back-forward-cache']
  const browser = await chromium.launch({ executablePath, args, ignoreDefaultArgs })
  t.teardown(() => browser.close())
  return browser
}
