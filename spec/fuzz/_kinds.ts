import { cookie, encrypt, header, memoryStorage, seal, sign } from 'koa-typed-sessions'
import { genuine, KEY, page, type Ask, type Genuine, type Mark } from './_app.ts'

const storage = memoryStorage()

/** Sessions whose tokens nobody makes without a key, or without having been given them: two of each kind, the second of another name. */
const definitions = [
  cookie<Mark>('signed', { transform: sign(KEY) }),
  cookie<Mark>('signed-too', { transform: sign(KEY) }),
  cookie<Mark>('encrypted', { transform: encrypt({ keys: KEY }) }),
  cookie<Mark>('encrypted-too', { transform: encrypt({ keys: KEY }) }),
  cookie<Mark>('sealed', { transform: seal({ password: KEY }) }),
  cookie<Mark>('by-id', { storage }),
  cookie<Mark>('by-id-too', { storage }),
  cookie<Mark>('by-signed-id', { storage, transform: sign(KEY) }),
  cookie<Mark>('revocable', { subject: ({ mark }) => mark, revocations: memoryStorage({ maxSessions: Infinity }) }),
  header<Mark>('x-signed', { transform: sign(KEY) }),
  header<Mark>('x-by-id', { storage }),
  header<Mark>('authorization', { scheme: 'Bearer', response: 'x-token' }),
]

/** An app with all of them, and tokens of each. */
export interface Kinds {
  readonly genuine: readonly Genuine[]
  readonly tokens: readonly string[]
  /** Says the value of each session, by the order of the definitions. */
  readonly ask: Ask
}

export async function kinds(): Promise<Kinds> {
  const all = await Promise.all(definitions.map((definition) => genuine(definition)))
  return {
    genuine: all,
    tokens: all.flatMap(({ tokens }) => tokens),
    ask: page(definitions, ({ sessions }) => definitions.map((one) => sessions.get(one) ?? null)),
  }
}

/** Throws where a page shows what was not made for that session, or what the request does not hold the token of. */
export function isGenuine(all: readonly Genuine[], says: unknown, request: string): void {
  for (const [index, value] of (says as readonly unknown[]).entries()) {
    if (value === null) continue
    const { definition, values, tokens } = all[index] as Genuine
    const which = values.indexOf(JSON.stringify(value))
    if (which < 0) throw new Error(`${definition.name} shows ${JSON.stringify(value)}, which nobody made`)
    if (!request.includes(tokens[which] as string))
      throw new Error(`${definition.name} shows a session without its token`)
  }
}
