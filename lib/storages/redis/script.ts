import { createHash } from 'node:crypto'
import { type CommandPort, replyText } from './client.ts'

/** A Lua script: the engine runs it as one step. */
export interface Script {
  readonly lua: string
  readonly sha: string
}

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/** What all scripts answer: how it went, and whose session it was, where that matters. */
export interface ScriptReply {
  readonly outcome: string
  readonly subject: string | undefined
}

/**
 * Runs a script in one round trip. An engine that does not have it (any more: it was restarted) has done nothing, and
 * is sent the text.
 */
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

/** Whether the engine answered with an error of that kind. */
export function isReply(error: unknown, kind: string): boolean {
  return error instanceof Error && error.message.startsWith(kind)
}
