import type { ServerResponse } from 'node:http'

/** What wants to see a response just before its head is written. */
export interface HeadWatcher {
  beforeHead(): void
}

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
  watched.writeHead = writeWatchedHead as ServerResponse['writeHead']
}

function writeWatchedHead(this: Watched, ...given: Parameters<ServerResponse['writeHead']>): ServerResponse {
  const { watchers, writeHead } = this[watching] as Required<Watched>[typeof watching]
  if (!this.headersSent) for (const watcher of watchers) watcher.beforeHead()
  return writeHead.apply(this, given)
}
