import Koa from 'koa'
import { LOGIN, type Mode, PATHS, type Setting } from '../case.ts'
import { type Contestant, KNOWN, KOA, type Served } from '../contestant.ts'
import { counted, type Value, valueFor, valueOf } from '../value.ts'

type Awaitable<T> = T | Promise<T>

/**
 * What no session library can do without, for one kind of session, and nothing else: no expiry, no rotation, no race, no
 * `Vary`. The text of a value is JSON. The handler is given a value that it can change, so that a look at it is due when the
 * handler is done.
 */
export interface Floor {
  /** The text that a token stands for. */
  read(token: string): Awaitable<string | undefined>
  /** Keeps a text. Gives the token that the client must learn; nothing where it has it already. */
  write(token: string | undefined, text: string): Awaitable<string | undefined>
  /** What happens on every request that has a token, before the handler. */
  before?(token: string): void
  close?(): Promise<void>
}

const NAME = 'session='

export function floor(
  name: string,
  mode: Mode,
  make: (setting: Setting) => Floor | Promise<Floor>,
  clients: number = KNOWN,
): Contestant {
  return {
    name: `floor: ${name}`,
    mode,
    kind: 'floor',
    over: KOA,
    packages: [],
    clients,
    async serve(setting): Promise<Served> {
      const made = await make(setting)
      const app = serve(made, valueOf(setting.size))
      return made.close ? { ...app, close: () => made.close?.() } : app
    },
  }
}

function serve(made: Floor, value: Value): Served {
  const app = new Koa()
  let logins = 0
  app.use((ctx) => {
    const { path } = ctx
    if (path === PATHS.unused) {
      const token = made.before && cookieOf(ctx.req.headers.cookie)
      if (token !== undefined) made.before?.(token)
      ctx.body = 'ok'
      return undefined
    }
    if (path === LOGIN) {
      ctx.body = 'ok'
      return keep(undefined, JSON.stringify(valueFor(logins++, value)))
    }
    const token = cookieOf(ctx.req.headers.cookie)
    const text = token === undefined ? undefined : made.read(token)
    return text instanceof Promise ? text.then(goOn) : goOn(text)

    function goOn(read: string | undefined): Awaitable<void> {
      if (read === undefined) {
        ctx.body = 'nobody'
        return
      }
      let session = JSON.parse(read) as Value
      if (path === PATHS.read) ctx.body = session.name
      else {
        session = counted(session)
        ctx.body = String(session.count)
      }
      const written = JSON.stringify(session)
      if (written !== read) return keep(token, written)
    }

    function keep(known: string | undefined, written: string): Awaitable<void> {
      const given = made.write(known, written)
      return given instanceof Promise ? given.then(send) : send(given)
    }

    function send(given: string | undefined): void {
      if (given !== undefined) ctx.res.setHeader('Set-Cookie', `${NAME}${given}; Path=/; HttpOnly; SameSite=Lax`)
    }
  })
  const callback = app.callback()
  return { listener: (request, response) => void callback(request, response) }
}

function cookieOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const at = header.indexOf(NAME)
  if (at < 0) return undefined
  const end = header.indexOf(';', at)
  return header.slice(at + NAME.length, end < 0 ? header.length : end)
}
