import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { SessionEvent, SessionEventName } from 'koa-typed-sessions'
import { Counter, type Registry } from 'prom-client'

/** Every event, and what it says. The type sees to it that none is missing. */
export const events: Readonly<Record<SessionEventName, string>> = {
  created: 'A session was stored for the first time.',
  read: 'A token was good, and its session read.',
  updated: 'A session was stored again.',
  touched: 'The idle deadline was moved.',
  regenerated: 'A session was stored under a new id: a login, most often.',
  destroyed: 'A session was ended.',
  gone: 'A request wanted to store a session that another one had ended meanwhile. Nothing was stored.',
  rejected: 'A token was no session; the reason is a label.',
  committed: 'A request has stored or ended a session, and the response says so.',
}

/**
 * Counts the events of all sessions of this process, whichever app they belong to. Session names and reasons are few, and
 * so are the time series; the hash of an id, which an event also has, is for logs.
 *
 * @returns what ends the counting.
 */
export function countEvents(registry: Registry): () => void {
  const counter = new Counter({
    name: 'session_events_total',
    help: 'What happened to sessions.',
    labelNames: ['event', 'session', 'reason'],
    registers: [registry],
  })
  const listeners = Object.keys(events).map((event) => {
    const listener = (message: unknown): void => {
      const { session, reason } = message as SessionEvent
      counter.inc(reason === undefined ? { event, session } : { event, session, reason })
    }
    return [`koa-typed-sessions:${event}`, listener] as const
  })
  for (const [channel, listener] of listeners) subscribe(channel, listener)
  return () => {
    for (const [channel, listener] of listeners) unsubscribe(channel, listener)
  }
}
