import test from 'ava'
import { cookie, header, session } from 'koa-typed-sessions'
import { section, tableRows } from './_markdown.ts'
import { filesIn, read } from './_repository.ts'

const readme = read('README.md')

/** The text of a section of README. */
function text(title: string): string {
  const found = section(readme, title)
  if (found === undefined) throw new Error(`README.md has no section "## ${title}"`)
  return found
}

/** The words in backticks. */
function quoted(markdown: string): string[] {
  return [...markdown.matchAll(/`([^`\n]+)`/g)].flatMap(([, words = '']) => words.split(' '))
}

/** The options that a definition takes, as the refusal of an unknown one lists them. */
function optionsOf(make: (options: object) => unknown): string[] {
  try {
    make({ unknown: true })
  } catch (error) {
    return (/: it takes (.*)$/.exec((error as Error).message)?.[1] ?? '').split(', ')
  }
  return []
}

test('README has a row for every option of a definition', (t) => {
  const listed = new Set(tableRows(text('Definitions')).flatMap(([names = '']) => names.split(/[`, ]+/)))
  const taken = [
    ...optionsOf((options) => cookie('cart', options)),
    ...optionsOf((options) => header('X-Cart', options)),
  ]
  t.true(taken.length > 20)
  t.deepEqual(
    taken.filter((option) => !listed.has(option)),
    [],
  )
  // It is explained in front of the table.
  const custom = optionsOf((options) => session('cart', options as Parameters<typeof session>[1]))
  t.deepEqual(
    custom.filter((option) => !listed.has(option)),
    ['transport'],
  )
})

test('README has every attribute of a cookie', (t) => {
  const [, meaning = ''] = tableRows(text('Definitions')).find(([option]) => option === 'cookie') ?? []
  const listed = meaning.split(/[`, ;]+/)
  const taken = optionsOf((options) => cookie('cart', { cookie: options }))
  t.true(taken.length > 5)
  t.deepEqual(
    taken.filter((attribute) => !listed.includes(attribute)),
    [],
  )
})

test('README names the channel of every event', (t) => {
  const union = /type SessionEventName =([^;]*?)\n\n/.exec(read('lib/contracts/events.ts'))?.[1] ?? ''
  const events = [...union.matchAll(/'(\w+)'/g)].map(([, event]) => event!)
  t.true(events.length > 5)
  const listed = quoted(text('Watching'))
  t.deepEqual(
    events.filter((event) => !listed.some((channel) => channel.replace('koa-typed-sessions', '') === `:${event}`)),
    [],
  )
})

test('the map in README has every room of the library, and every file that it names is there', (t) => {
  const map = text('How the code is organised')
  const files = filesIn('')
  const rooms = new Set(files.flatMap((path) => /^lib\/[^/]+(?:\/|\.ts$)/.exec(path)?.[0] ?? []))
  const named = quoted(map + text('Developing')).filter((word) => !word.includes('NAME'))
  t.deepEqual(
    [...rooms].filter((room) => !named.includes(room)),
    [],
  )
  const paths = named.filter((word) => /^(?:lib|spec|samples)\/|^[\w/-]+(?:\.ts|\/)$/.test(word))
  t.true(paths.length > 50)
  t.deepEqual(
    paths.filter((path) => !files.some((file) => isAt(file, path))),
    [],
  )
})

/** Whether a file is what a path names: that file, also by the end of its path, or one below that folder. */
function isAt(file: string, path: string): boolean {
  const whole = `/${file}`
  if (/^(?:lib|spec|samples)\//.test(path))
    return whole === `/${path}` || whole.startsWith(`/${path.replace(/\/?$/, '/')}`)
  return path.endsWith('/') ? whole.includes(`/${path}`) : whole.endsWith(`/${path}`)
}
