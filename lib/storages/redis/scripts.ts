import { type Script, script } from './script.ts'

/*
 * A session is a hash: `v` version, `d` data, `c` createdAt, `e` expiresAt, `i` identity, and if it has a subject `s` and `x`, the
 * instant until which the index of the subject has the session. During a rotation to this key it has `n`, its future version,
 * instead of `v`, and is not yet a session.
 *
 * - The deadline is the expiry of the key, so that no script sees an expired session. It is set in the same step, since `HSET` alone
 *   makes a key that never expires.
 * - `HSET` is the first change: if Redis is out of memory, it refuses that, and nothing has changed.
 * - Numbers stay texts, except for comparison.
 * - A key of another type (hence `pcall`) counts as missing, and is left as it is.
 * - A user who may not publish may still write: `pcall` again.
 */

/** KEYS: session. ARGV: `PEXPIREAT` or `PEXPIRE`, its argument, fields. */
export const CREATE: Script = script(`
if redis.call('EXISTS', KEYS[1]) == 1 then return 'exists' end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call(ARGV[1], KEYS[1], ARGV[2])
return 'ok'
`)

/** KEYS: session. ARGV: expected version, channel, deadline, fields (from 4 on: v d c e i, s if any, x if indexed). */
export const UPDATE: Script = script(`
local version, subject, bound = unpack(redis.pcall('HMGET', KEYS[1], 'v', 's', 'x'))
if not version then return 'gone' end
if version ~= ARGV[1] then return 'conflict' end
local expiresAt, given, indexed = ARGV[11], ARGV[15], ARGV[17]
if given and not indexed and (given ~= subject or tonumber(expiresAt) > tonumber(bound)) then return 'unindexed' end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
if not given and (subject or bound) then redis.call('HDEL', KEYS[1], 's', 'x') end
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
redis.pcall('PUBLISH', ARGV[2], 'changed')
return 'ok'
`)

/** KEYS: session. ARGV: expiresAt, deadline, channel, and if indexed: subject, x. */
export const TOUCH: Script = script(`
local version, expiresAt, subject, bound = unpack(redis.pcall('HMGET', KEYS[1], 'v', 'e', 's', 'x'))
if not version then return 'gone' end
if tonumber(ARGV[1]) <= tonumber(expiresAt) then return 'ok' end
if subject and tonumber(ARGV[1]) > tonumber(bound) then
  if ARGV[4] ~= subject then return {'unindexed', subject} end
  redis.call('HSET', KEYS[1], 'x', ARGV[5])
end
redis.call('HSET', KEYS[1], 'e', ARGV[1])
redis.call('PEXPIREAT', KEYS[1], ARGV[2])
redis.pcall('PUBLISH', ARGV[3], 'changed')
return 'ok'
`)

/** KEYS: session. ARGV: channel, and for compare-and-delete the expected version. Without it, it also ends a rotation. */
export const DELETE: Script = script(`
local version, rotating, subject = unpack(redis.pcall('HMGET', KEYS[1], 'v', 'n', 's'))
if not version and (ARGV[2] or not rotating) then return 'gone' end
if ARGV[2] and version ~= ARGV[2] then return 'conflict' end
redis.call('DEL', KEYS[1])
redis.pcall('PUBLISH', ARGV[1], 'gone')
return {'ok', subject}
`)

/** KEYS: from, to. ARGV: expected version, channel of from, deadline, fields. */
export const ROTATE: Script = script(`
local version, subject = unpack(redis.pcall('HMGET', KEYS[1], 'v', 's'))
if not version then return 'gone' end
if version ~= ARGV[1] then return 'conflict' end
if redis.call('EXISTS', KEYS[2]) == 1 then return 'exists' end
redis.call('HSET', KEYS[2], unpack(ARGV, 4))
redis.call('PEXPIREAT', KEYS[2], ARGV[3])
redis.call('DEL', KEYS[1])
redis.pcall('PUBLISH', ARGV[2], 'gone')
return {'ok', subject}
`)

/** The last step of a rotation. KEYS: to. ARGV: deadline, version. */
export const SETTLE: Script = script(`
if redis.pcall('HGET', KEYS[1], 'n') ~= ARGV[2] then return 'gone' end
redis.call('HSET', KEYS[1], 'v', ARGV[2])
redis.call('HDEL', KEYS[1], 'n')
redis.call('PEXPIREAT', KEYS[1], ARGV[1])
return 'ok'
`)

/** KEYS: index of a subject. ARGV: key of the session, when its entry ends. Removes ended entries. */
export const INDEX: Script = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('PTTL', KEYS[1]) < ARGV[2] - now then redis.call('PEXPIREAT', KEYS[1], ARGV[2]) end
return 'ok'
`)
