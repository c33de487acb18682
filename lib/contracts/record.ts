/**
 * One session in a storage. All times are in epoch milliseconds.
 *
 * A record contains no credential: the client's token cannot be computed from it.
 */
export interface SessionRecord {
  /** The payload, opaque to the storage. It begins with a new nonce for each write, so that no two writes are equal. */
  data: string
  /** 1 when created; `update` and `rotate` increment it, `touch` does not. */
  version: number
  /** The time of the last login, or of the creation. The absolute timeout starts here. */
  createdAt: number
  /** The session has expired if `expiresAt <= now`. `8.64e15` means never. */
  expiresAt: number
  /** Stays the same when `rotate` changes the key. Public handles are derived from it. */
  identity: string
  /** The user that the session belongs to, hashed and bound to the session's name; absent before a login. `list` searches by it. */
  subject?: string
}
