// A process for one contestant. Does what its parent asks for, one thing after the other.
import { contestant } from './contestants/all.ts'
import type { Request, Reply } from './worker-protocol.ts'
import { definitionsGrowth } from './growth/definitions.ts'
import { directoryGrowth } from './growth/directory.ts'
import { memoryGrowth } from './growth/memory.ts'
import { Subject } from './subject.ts'

let subject: Subject | undefined
let listening: { port: number; close(): void } | undefined

function started(): Subject {
  if (!subject) throw new Error('nothing was started')
  return subject
}

async function act(request: Request): Promise<unknown> {
  switch (request.act) {
    case 'start':
      subject = await Subject.start(contestant(request.contestant), request.setting)
      return undefined
    case 'settle':
      return started().settle(request.works, request.requests)
    case 'sample':
      return started().sample(request.work, request.requests, request.atOnce)
    case 'allocation':
      return started().allocation(request.work)
    case 'profile':
      return started().profile(request.work, request.requests)
    case 'listen':
      listening ??= await started().listen()
      return listening.port
    case 'cookies':
      return started().cookies(request.work)
    case 'grow':
      if (request.what === 'memory') return memoryGrowth(request.counts)
      if (request.what === 'directory') return directoryGrowth(request.counts, request.folder)
      return definitionsGrowth(request.counts, request.requests)
    default:
      listening?.close()
      await subject?.close()
      setImmediate(() => process.exit(0))
  }
  return undefined
}

process.on('message', (request: Request) => {
  act(request).then(
    (value) => process.send?.({ value } satisfies Reply),
    (error: unknown) => process.send?.({ failure: String(error) } satisfies Reply),
  )
})
// A bench that was stopped leaves nobody behind.
process.on('disconnect', () => process.exit(1))
