import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** Called just before `writeHead`, while headers can still be set. */
export interface WriteHeadListener {
  beforeWriteHead(): void
}

/** The headers that `writeHead` takes: an object, or a list of names and values in turn. */
type GivenHeaders = OutgoingHttpHeaders | readonly OutgoingHttpHeader[]

interface HookedResponse extends ServerResponse {
  [hook]?: { readonly listeners: WriteHeadListener[]; readonly writeHead: ServerResponse['writeHead'] }
}

const hook = Symbol('koa-typed-sessions')

/**
 * Calls a listener just before the head of a response is written.
 *
 * All responses share one function: with a closure on each, V8 keeps what the closure refers to, a kilobyte or more of each request,
 * past every collection of young objects.
 */
export function onWriteHead(response: ServerResponse, listener: WriteHeadListener): void {
  const hooked = response as HookedResponse
  // oxlint-disable-next-line typescript/unbound-method -- it is called on the response that it belongs to
  const { [hook]: existing, writeHead } = hooked
  if (existing) return void existing.listeners.push(listener)
  hooked[hook] = { listeners: [listener], writeHead }
  hooked.writeHead = writeHeadWithListeners
}

/**
 * Headers that are passed to `writeHead` replace those that were set before. They are set here first, so that the listeners see them
 * and have the last word.
 */
function writeHeadWithListeners(this: HookedResponse, ...given: [status: number, ...rest: unknown[]]): ServerResponse {
  const { listeners, writeHead } = this[hook] as Required<HookedResponse>[typeof hook]
  if (this.headersSent) return Reflect.apply(writeHead, this, given) as ServerResponse
  // Most responses pass a status alone.
  const headers = given.length > 1 ? headersIn(given) : undefined
  const isSet = headers !== undefined && setHeaders(this, headers)
  for (const listener of listeners) listener.beforeWriteHead()
  const rest = isSet ? given.filter((one) => one !== headers) : given
  return Reflect.apply(writeHead, this, rest) as ServerResponse
}

function headersIn(given: readonly unknown[]): GivenHeaders | undefined {
  return given.find((one) => typeof one === 'object' && one !== null) as GivenHeaders | undefined
}

/** Sets headers as `writeHead` does. `false` if they are invalid, which `writeHead` reports. */
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

/** The names and values of a list, which has them in turn or as pairs. */
function pairsOf(list: readonly unknown[]): (readonly [name: string, value: string | readonly string[]])[] | null {
  const isPaired = list.every((one) => Array.isArray(one) && one.length === 2)
  const flat = isPaired ? list.flat() : list
  if (flat.length % 2 !== 0) return null
  return Array.from({ length: flat.length / 2 }, (_, index) => [String(flat[2 * index]), texts(flat[2 * index + 1])])
}

function texts(value: unknown): string | readonly string[] {
  return Array.isArray(value) ? value.map(String) : String(value)
}
