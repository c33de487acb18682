import test from 'ava'
import { filesIn, modules, read } from './_repository.ts'

/** What stands where, as `path:line: text`. */
function found(pattern: RegExp, paths: readonly string[]): string[] {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 80)}`] : [])),
  )
}

const UNFINISHED = /\b(?:TODO|FIXME|XXX|HACK)\b/
const ALONE = /\.only\b[.(]/
const MACHINE = /(?:^|[^\w.:])\/(?:home|root|Users|work)\//
const REGISTRY = /"resolved"|https?:\/\/[\w.-]*(?:registry|npmjs|mirror)/

const all = filesIn('')
const code = all.filter((path) => /^(lib|spec|samples)\/.*\.ts$/.test(path))
const texts = all.filter((path) => /\.(ts|md|json|css|html)$|^\.ci\/|^\.npmrc$/.test(path))
const self = 'spec/package/tidy.spec.ts'
const but = (paths: readonly string[], ...others: string[]) => paths.filter((path) => !others.includes(path))

test('no module of the library is longer than 300 lines, and half of them are shorter than 90', (t) => {
  const lengths = Array.from(modules(), ([path, source]) => ({ path, lines: source.split('\n').length - 1 }))
  t.deepEqual(
    lengths.filter(({ lines }) => lines > 300),
    [],
  )
  const median = lengths.map(({ lines }) => lines).sort((a, b) => a - b)[lengths.length >> 1]
  t.true(median !== undefined && median < 90, `the median is ${median}`)
})

test('nothing is left to do in a comment', (t) => {
  t.deepEqual(found(UNFINISHED, but(code, self)), [])
})

test('no test is run alone', (t) => {
  t.deepEqual(found(ALONE, but(code, self)), [])
})

test('no file names a folder of the machine that it was written on', (t) => {
  t.deepEqual(found(MACHINE, but(texts, self)), [])
})

test('the lock file and the configuration of npm name no registry', (t) => {
  t.deepEqual(found(REGISTRY, ['package-lock.json', 'package.json', '.npmrc']), [])
})

test('what must not be there would be found', (t) => {
  t.regex('// TODO: later', UNFINISHED)
  t.regex('test.only(', ALONE)
  t.regex('test.only.serial(', ALONE)
  t.regex("'/home/ada/app'", MACHINE)
  t.notRegex('https://example.com/work/', MACHINE)
  t.regex('"resolved": "x"', REGISTRY)
  t.regex('https://registry.example.com/', REGISTRY)
  t.deepEqual(
    ['package-lock.json', 'README.md', '.ci/run', 'lib/index.ts', 'lib/tsconfig.json'].filter(
      (path) => !texts.includes(path),
    ),
    [],
  )
})
