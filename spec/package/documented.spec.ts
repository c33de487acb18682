import { posix } from 'node:path'
import test from 'ava'
import { exportsOf } from './_exports.ts'
import { doors, read, sourceOf } from './_repository.ts'

/** The text before the first declaration of a name, followed through re-exports; `undefined` where none is found. */
function beforeDeclaration(path: string, name: string): string | undefined {
  const source = read(path)
  const own = new RegExp(`^export (?:[a-z]+\\*? )+${name}\\b`, 'm').exec(source)
  if (own) return source.slice(0, own.index)
  const further = exportsOf(source).find((one) => one.name === name)
  return further?.from === undefined
    ? undefined
    : beforeDeclaration(posix.join(posix.dirname(path), further.from), further.original)
}

/** Whether a doc comment with words stands at the end, directives of tools aside. */
function endsWithDocComment(text: string): boolean {
  const comment = text.replace(/(?:^\/\/ oxlint-disable.*\n)+$/m, '').trimEnd()
  const start = comment.lastIndexOf('/**')
  return (
    comment.endsWith('*/') &&
    start !== -1 &&
    !comment.slice(start, -2).includes('*/') &&
    /\w/.test(comment.slice(start))
  )
}

for (const door of doors.keys()) {
  test(`every name of ${door} has a doc comment`, (t) => {
    const names = exportsOf(read(sourceOf(door)))
    t.true(names.length > 0)
    const bare = names.filter((one) => !endsWithDocComment(beforeDeclaration(sourceOf(door), one.name) ?? ''))
    t.deepEqual(
      bare.map((one) => `${one.name} in ${one.from ?? sourceOf(door)}`),
      [],
    )
  })
}

test('a doc comment counts only where it stands right before what it is about, and says something', (t) => {
  t.true(endsWithDocComment('/** Says it. */\n'))
  t.true(endsWithDocComment('/** Says it. */\n// oxlint-disable-next-line no-shadow -- why\n'))
  t.false(endsWithDocComment(''))
  t.false(endsWithDocComment('/** */\n'))
  t.false(endsWithDocComment('/* Says it. */\n'))
  t.false(endsWithDocComment('/** Of another one. */\nexport const other = 1\n\n'))
  t.false(endsWithDocComment('/** Of another one. */\nexport const other = 1 /* aside */\n'))
})
