import { MirrorConnection } from './mirror-connection.ts'
import { browserEnvironment } from '../environment.ts'
import type { ConnectSessionOptions, SessionMirror } from './session-mirror.ts'

/**
 * Creates a read-only mirror of a session on the server. It shows what the `expose` function of `mirror` returns, and follows
 * every change.
 *
 * It reads one stream of server-sent events, which all tabs of a browser share, and reconnects until it is closed. It drops
 * the values of a session that has ended or expired. Outside a page, as on a server, it shows `initial` and does not connect.
 *
 * @example
 * const account = connectSession<{ user: string; items: number }>('/session')
 * autorun(() => (document.title = account.get('user') ?? 'Signed out'))
 */
export function connectSession<T extends object>(url: string, options: ConnectSessionOptions = {}): SessionMirror<T> {
  return new MirrorConnection<T>(url, options, browserEnvironment)
}
