import { exportsOf } from './_exports.ts'
import { doors, read, sourceOf } from './_repository.ts'

/** What examples take for granted: the world that a reader has in mind. */
const WORLD = `
interface Account { id: string }
interface Api { token: string }
interface Basket { items: string[] }
interface Cart { items: string[] }
interface User { id: string }
interface UserSession { id: string; count: number }
interface Visits { count: number }
declare const Basket: SessionDefinition<Basket>
declare const Cart: SessionDefinition<Cart>
declare const UserSession: SessionDefinition<UserSession, { notice: string }>
declare const Visits: SessionDefinition<Visits>
declare const addItem: (cart: Readonly<Cart> | undefined) => Cart
declare const app: Koa
declare const clock: Clock
declare const ctx: RouterContext
declare const keys: string[]
declare const middleware: SessionsMiddleware
declare const report: (error: unknown) => void
declare const router: Router
declare const server: Server
declare const sockets: WebSocketServer
declare const storage: SessionStorage
`

/** Where names come from that an example uses and does not import. */
const IMPORTS: ReadonlyMap<string, string> = new Map([
  ['Koa', `import Koa from 'koa'`],
  ['Router', `import Router from '@koa/router'`],
  ['RouterContext', `import type { RouterContext } from '@koa/router'`],
  ['Server', `import type { Server } from 'node:http'`],
  ['WebSocketServer', `import { WebSocketServer } from 'ws'`],
  ['Pool', `import { Pool } from 'pg'`],
  ['createClient', `import { createClient } from 'redis'`],
  ['z', `import { z } from 'zod'`],
  ...[...doors.keys()].flatMap((door) =>
    exportsOf(read(sourceOf(door))).map(
      ({ name, isType }) => [name, `import ${isType ? 'type ' : ''}{ ${name} } from '${door}'`] as const,
    ),
  ),
])

/**
 * An example as a module that the compiler takes: its own imports, those that it leaves out, and the rest inside a function,
 * where it may `return` and `await`, and where what it declares goes before what the world declares.
 */
export function asModule(code: string): string {
  const own = [...code.matchAll(/^import\b[^'"]*['"][^'"]+['"];?$/gm)].map(([text]) => text)
  const body = own.reduce((rest, text) => rest.replace(text, ''), code).replaceAll(/^export (?!\{|\*)/gm, '')
  const uses = (text: string, name: string) => new RegExp(`(?<![.\\w$'-])${name}\\b`).test(text)
  const missing = Array.from(IMPORTS).filter(
    ([name]) => (uses(body, name) || uses(WORLD, name)) && !own.some((text) => uses(text, name)),
  )
  return [...own, ...missing.map(([, line]) => line), WORLD, `export async function example() {`, body, '}', ''].join(
    '\n',
  )
}
