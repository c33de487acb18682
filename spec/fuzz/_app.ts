import { createHash } from 'node:crypto'
import Koa, { type Context } from 'koa'
import { sessions, type AnyDefinition } from 'koa-typed-sessions'
import { mint } from 'koa-typed-sessions/testing'
import { exchange } from '../bench/driver/in-process.ts'

/** Of the length that keys must have; good for specs only. */
export const KEY = 'a key for fuzzing, of forty-two characters'

/** Bytes that are the same in each run, so that a counter-example can be had again. */
export function sameBytes(name = ''): (size: number) => Uint8Array {
  let count = 0
  return (size) => createHash('shake256', { outputLength: size }).update(`${name} ${count++}`).digest()
}

/** What a genuine session of these specs holds. */
export interface Mark {
  mark: string
}

/** Real tokens of one definition, each with the value that it stands for. */
export interface Genuine {
  readonly definition: AnyDefinition
  readonly tokens: readonly string[]
  readonly values: readonly string[]
}

/** Makes some sessions of a definition, as a login would. */
export async function genuine(definition: AnyDefinition, howMany = 3): Promise<Genuine> {
  const marks = Array.from({ length: howMany }, (_, one) => ({ mark: `${definition.name} ${one}` }))
  // Of one definition and not of another: ids must differ, also in a storage that they share.
  const random = sameBytes(definition.name)
  const options = { keys: KEY, random }
  const minted = await Promise.all(marks.map((mark) => mint<Mark>(definition as never, mark, options)))
  return {
    definition,
    tokens: minted.map(({ token }) => token),
    values: marks.map((mark) => JSON.stringify(mark)),
  }
}

/** What a page made of a request. */
export interface Answer {
  readonly status: number
  /** What the page says, of its JSON. */
  readonly says: unknown
  /** What reached the app's `error` event while it was answered. */
  readonly errors: readonly unknown[]
}

export type Ask = (request: { readonly cookie?: string; readonly headers?: readonly string[] }) => Promise<Answer>

/** An app with one page, asked without a network: by the request objects of Node, which keep the bytes of a header as Latin-1. */
export function page(definitions: readonly AnyDefinition[], show: (ctx: Context) => unknown): Ask {
  const app = new Koa()
  const errors: unknown[] = []
  app.keys = [KEY]
  app.on('error', (error: unknown) => errors.push(error))
  app.use(sessions(definitions))
  app.use(async (ctx) => void (ctx.body = JSON.stringify((await show(ctx)) ?? null)))
  const handle = app.callback()
  return async ({ cookie = '', headers = [] }) => {
    errors.length = 0
    const { status, body } = await exchange((request, response) => void handle(request, response), {
      path: '/',
      cookie: Buffer.from(cookie, 'latin1'),
      headers,
    })
    return { status, says: status === 200 ? JSON.parse(body) : body, errors: [...errors] }
  }
}

/** A request is answered as if nothing had been sent, or with what was made: nothing is thrown, and nothing reported. */
export function isAnswered({ status, errors }: Answer): void {
  if (errors.length > 0) throw errors[0]
  if (status !== 200) throw new Error(`the status is ${status}`)
}
