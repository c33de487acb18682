import { inChromium, launch, note } from '../../support/chromium.ts'
import { bundle, Site } from '../_app.ts'

inChromium(`the cases of Meteor's packages hold in a real browser${note}`, async (t) => {
  const site = await Site.start(t)
  const page = await (await (await launch(t)).newContext()).newPage()
  await page.route('**/meteor.js', async (route) =>
    route.fulfill({ contentType: 'text/javascript', body: await bundle('./meteor/_in-page.ts') }),
  )
  await page.goto(`${site.url}/page`)
  const results = (await page.evaluate(`import('/meteor.js').then(({ results }) => results())`)) as string[][]
  t.deepEqual(results, [[], [], []])
})
