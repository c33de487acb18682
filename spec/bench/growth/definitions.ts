import { contestant } from '../contestants/all.ts'
import { Subject } from '../subject.ts'

/** What a request costs when so many sessions are declared, of which it carries one. Nanoseconds. */
export interface DefinitionsGrowth {
  readonly definitions: number
  readonly signed: number
  readonly memory: number
  readonly absent: number
}

const SAMPLES = 5

export async function definitionsGrowth(counts: readonly number[], requests: number): Promise<DefinitionsGrowth[]> {
  const grown: DefinitionsGrowth[] = []
  for (const definitions of counts) {
    const setting = { size: 100, definitions, folder: '', redis: '' } as const
    const signed = await Subject.start(contestant('koa-typed-sessions, signed, known tokens'), setting)
    const memory = await Subject.start(contestant('koa-typed-sessions, memory'), setting)
    for (const subject of [signed, memory]) await subject.settle(['absent', 'read'], requests)
    grown.push({
      definitions,
      signed: await best(() => signed.sample('read', requests)),
      memory: await best(() => memory.sample('read', requests)),
      absent: await best(() => memory.sample('absent', requests)),
    })
  }
  return grown
}

async function best(sample: () => Promise<{ wall: number }>): Promise<number> {
  const samples: number[] = []
  for (let count = 0; count < SAMPLES; count++) samples.push((await sample()).wall)
  return Math.min(...samples)
}
