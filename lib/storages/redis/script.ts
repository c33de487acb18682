import { createHash } from 'node:crypto'
import { type CommandPort, replyText } from './client.ts'

/** A Lua script, which Redis runs atomically. */
export interface Script {
  readonly lua: string
  readonly sha: string
}

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/** The reply of every script: the outcome, and the subject of the session if it matters. */
export interface ScriptReply {
  readonly outcome: string
  readonly subject: string | undefined
}

/** Runs a script in one round trip. If Redis does not have it (after a restart), it has done nothing, and is sent the text. */
export function run(
  port: CommandPort,
  { lua, sha }: Script,
  keys: readonly [string, ...string[]],
  args: readonly string[],
): Promise<ScriptReply> {
  const rest = [String(keys.length), ...keys, ...args]
  return port.send(keys[0], 'EVALSHA', [sha, ...rest]).then(scriptReply, (error: unknown) => {
    if (!isReply(error, 'NOSCRIPT')) throw error
    return port.send(keys[0], 'EVAL', [lua, ...rest]).then(scriptReply)
  })
}

function scriptReply(reply: unknown): ScriptReply {
  const [outcome, subject] = Array.isArray(reply) ? (reply as unknown[]) : [reply]
  return { outcome: replyText(outcome) ?? '', subject: replyText(subject) }
}

/** Whether Redis replied with an error of that kind. */
export function isReply(error: unknown, kind: string): boolean {
  return error instanceof Error && error.message.startsWith(kind)
}
