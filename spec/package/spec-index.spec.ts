import test from 'ava'
import { filesIn, read } from './_repository.ts'

const index = read('spec/README.md')
const named = new Set([...index.matchAll(/`([^`\s]+)`/g)].map(([, path = '']) => path))
const files = filesIn('spec').map((path) => path.slice('spec/'.length))

test('every file and every folder in the index of the specs is there', (t) => {
  const paths = [...named].filter((path) => /\.ts$|\/$/.test(path))
  t.true(paths.length > 100)
  const isThere = (path: string) => files.some((file) => file === path || (path.endsWith('/') && file.startsWith(path)))
  t.deepEqual(
    paths.filter((path) => !isThere(path)),
    [],
  )
})

test('every story and every folder is in the index of the specs', (t) => {
  const stories = files.filter((path) => /^scenarios\/[^/]+\.spec\.ts$/.test(path))
  const folders = new Set(files.filter((path) => path.includes('/')).map((path) => `${path.split('/')[0]}/`))
  t.true(stories.length > 50)
  t.deepEqual(
    [...stories, ...folders].filter((path) => !named.has(path)),
    [],
  )
})
