import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** What wants to see a response just before its head is written. */
export interface HeadWatcher {
  beforeHead(): void
}

/** What `writeHead` takes for headers: by name, or as a list of names and values in turn. */
type GivenHeaders = OutgoingHttpHeaders | readonly OutgoingHttpHeader[]

interface Watched extends ServerResponse {
  [watching]?: { readonly watchers: HeadWatcher[]; readonly writeHead: ServerResponse['writeHead'] }
}

const watching = Symbol('koa-typed-sessions')

/**
 * Tells a watcher when the head of a response is about to be written, and headers can still be put on it.
 *
 * One function for all responses: where each is assigned a closure of its own, V8 keeps what that holds, a kilobyte or more of each
 * request, past every collection of young objects.
 */
export function watchHead(response: ServerResponse, watcher: HeadWatcher): void {
  const watched = response as Watched
  // oxlint-disable-next-line typescript/unbound-method -- it is called on the response that it is of
  const { [watching]: already, writeHead } = watched
  if (already) return void already.watchers.push(watcher)
  watched[watching] = { watchers: [watcher], writeHead }
  watched.writeHead = writeWatchedHead
}

/**
 * Headers that are given to `writeHead` itself take the place of those that were set before. They are set here, so that the watchers
 * see them, and have the last word.
 */
function writeWatchedHead(this: Watched, ...given: [status: number, ...rest: unknown[]]): ServerResponse {
  const { watchers, writeHead } = this[watching] as Required<Watched>[typeof watching]
  if (this.headersSent) return Reflect.apply(writeHead, this, given) as ServerResponse
  // Most responses are given a status alone.
  const headers = given.length > 1 ? headersIn(given) : undefined
  const isSet = headers !== undefined && setHeaders(this, headers)
  for (const watcher of watchers) watcher.beforeHead()
  const left = isSet ? given.filter((one) => one !== headers) : given
  return Reflect.apply(writeHead, this, left) as ServerResponse
}

function headersIn(given: readonly unknown[]): GivenHeaders | undefined {
  return given.find((one) => typeof one === 'object' && one !== null) as GivenHeaders | undefined
}

/** Sets headers as `writeHead` does. `false`: it is left to that to refuse them. */
function setHeaders(response: ServerResponse, headers: GivenHeaders): boolean {
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as OutgoingHttpHeader)
    return true
  }
  const pairs = pairsOf(headers)
  if (!pairs) return false
  for (const [name] of pairs) response.removeHeader(name)
  for (const [name, value] of pairs) response.appendHeader(name, value)
  return true
}

/** The names and values of a list: in turn, or each pair a list of its own. */
function pairsOf(list: readonly unknown[]): (readonly [name: string, value: string | readonly string[]])[] | null {
  const isPaired = list.every((one) => Array.isArray(one) && one.length === 2)
  const flat = isPaired ? list.flat() : list
  if (flat.length % 2 !== 0) return null
  return Array.from({ length: flat.length / 2 }, (_, index) => [String(flat[2 * index]), texts(flat[2 * index + 1])])
}

function texts(value: unknown): string | readonly string[] {
  return Array.isArray(value) ? value.map(String) : String(value)
}
