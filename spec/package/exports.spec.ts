import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { exportsOf } from './_exports.ts'
import { section, tableRows } from './_markdown.ts'
import { doors, filesIn, manifest, read, root, SOURCE, sourceOf } from './_repository.ts'

test('every door has its source, its types and its code, in the order in which they are looked for', (t) => {
  t.true(doors.has(manifest.name))
  for (const [door, conditions] of doors) {
    const module = /^\.\/lib\/(.+)\.ts$/.exec(conditions[SOURCE] ?? '')?.[1]
    t.deepEqual(
      Object.entries(conditions),
      [
        [SOURCE, `./lib/${module}.ts`],
        ['types', `./dist/${module}.d.ts`],
        ['default', `./dist/${module}.js`],
      ],
      door,
    )
    t.true(existsSync(join(root, sourceOf(door))), `${door}: there is no ${sourceOf(door)}`)
  }
})

test('every index of the library is a door', (t) => {
  const indexes = filesIn('lib').filter((path) => /(^|\/)index\.ts$/.test(path))
  const sources = Array.from(doors.keys(), sourceOf)
  t.deepEqual(
    indexes.filter((path) => !sources.includes(path)),
    [],
  )
})

test('every door opens, and gives what it names and nothing else', async (t) => {
  for (const door of doors.keys()) {
    const source = read(sourceOf(door))
    t.notRegex(source, /^export (?:type )?\*/m, `${door} does not name what it exports`)
    const module: object = await import(door)
    const named = exportsOf(source)
    t.true(named.length > 0)
    const values = named.filter((one) => !one.isType)
    t.deepEqual(Object.keys(module).sort(), values.map((one) => one.name).sort(), door)
  }
})

test('README lists the doors that there are', (t) => {
  const text = section(read('README.md'), 'Doors')
  t.truthy(text, 'README.md has no section "## Doors"')
  const listed = tableRows(text ?? '').map(([door = '']) => door)
  t.deepEqual(listed.sort(), [...doors.keys()].sort())
})
