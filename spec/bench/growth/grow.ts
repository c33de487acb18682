import type { Setting } from '../case.ts'
import { Contender } from '../contender.ts'
import { contestant } from '../contestants/all.ts'
import type { Effort } from '../effort.ts'
import type { DefinitionsGrowth } from './definitions.ts'
import type { StorageGrowth } from './memory.ts'

/** What a read of a token that is new to the process costs when so many are under way. Nanoseconds of each. */
interface SealedGrowth {
  readonly atOnce: number
  readonly wall: number
  readonly cpu: number
}

export interface Grown {
  readonly memory: readonly StorageGrowth[]
  readonly directory: readonly StorageGrowth[]
  readonly definitions: readonly DefinitionsGrowth[]
  readonly sealed: readonly SealedGrowth[]
}

/** How the cost grows, each in a process of its own. */
export async function grow(
  places: Pick<Setting, 'folder' | 'redis'>,
  { growth }: Effort,
  tell: (text: string) => void,
): Promise<Grown> {
  tell('growth: sessions in memory')
  const memory = await alone((one) => one.grow<StorageGrowth>('memory', growth.memory, '', 0))
  tell('growth: sessions in a directory')
  const directory = await alone((one) => one.grow<StorageGrowth>('directory', growth.directory, places.folder, 0))
  tell('growth: definitions')
  const definitions = await alone((one) =>
    one.grow<DefinitionsGrowth>('definitions', growth.definitions, '', growth.requests),
  )
  tell('growth: sealed tokens at once')
  const sealed = await alone((one) => sealedAtOnce(one, places, growth))
  return { memory, directory, definitions, sealed }
}

async function sealedAtOnce(
  one: Contender,
  places: Pick<Setting, 'folder' | 'redis'>,
  { atOnce, requests }: Effort['growth'],
): Promise<SealedGrowth[]> {
  await one.start(contestant('koa-typed-sessions, sealed, new tokens'), { size: 100, definitions: 1, ...places })
  await one.settle(['read'], requests)
  const grown: SealedGrowth[] = []
  for (const tokens of atOnce) {
    const { wall, cpu } = await one.sample('read', requests, tokens)
    grown.push({ atOnce: tokens, wall, cpu })
  }
  return grown
}

async function alone<T>(act: (contender: Contender) => Promise<T>): Promise<T> {
  const contender = new Contender()
  try {
    return await act(contender)
  } finally {
    await contender.stop()
  }
}
