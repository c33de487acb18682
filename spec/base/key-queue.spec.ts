import test from 'ava'
import { KeyQueue } from '../../lib/base/key-queue.ts'

test('acts on one key happen one after the other, in order, also behind one that fails', async (t) => {
  const queue = new KeyQueue()
  const log: string[] = []
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  const first = queue.run(['a'], async () => {
    log.push('first starts')
    await opened
    log.push('first ends')
    throw new Error('first fails')
  })
  const second = queue.run(['a'], async () => {
    log.push('second')
    return 2
  })
  await Promise.resolve()
  t.deepEqual(log, ['first starts'])
  open()
  await t.throwsAsync(first, { message: 'first fails' })
  t.is(await second, 2)
  t.deepEqual(log, ['first starts', 'first ends', 'second'])
})

test('acts on different keys do not wait for each other', async (t) => {
  const queue = new KeyQueue()
  void queue.run(['a'], () => new Promise(() => {}))
  t.is(await queue.run(['b'], async () => 'done'), 'done')
})

test('an act on two keys waits for both, and is waited for at both', async (t) => {
  const queue = new KeyQueue()
  const log: string[] = []
  const act = (name: string) => async () => {
    log.push(`${name} starts`)
    await Promise.resolve()
    log.push(`${name} ends`)
  }
  await Promise.all([queue.run(['a'], act('1')), queue.run(['a', 'b'], act('2')), queue.run(['b', 'a'], act('3'))])
  t.deepEqual(log, ['1 starts', '1 ends', '2 starts', '2 ends', '3 starts', '3 ends'])
})

test('what waits for nothing is done at once, without a promise', (t) => {
  t.is(
    new KeyQueue().run(['a'], () => 1),
    1,
  )
})
