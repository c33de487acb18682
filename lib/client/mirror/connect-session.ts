import { MirrorConnection } from './mirror-connection.ts'
import { browserEnvironment } from '../environment.ts'
import type { ConnectSessionOptions, SessionMirror } from './session-mirror.ts'

/**
 * Shows what a session on the server shows, and every change of it, in this page: a read-only mirror of what `mirror` is
 * given as `expose`.
 *
 * It reads one stream of server-sent events, of which a browser has one for all its tabs; tries again for ever where the
 * server does not answer; and holds no value of a session that has ended or expired. Where there is no page, on a server,
 * it shows `initial` and does nothing.
 *
 * @example
 * const account = connectSession<{ user: string; items: number }>('/session')
 * autorun(() => (document.title = account.get('user') ?? 'Signed out'))
 */
export function connectSession<T extends object>(url: string, options: ConnectSessionOptions = {}): SessionMirror<T> {
  return new MirrorConnection<T>(url, options, browserEnvironment)
}
