/**
 * One session as a storage keeps it. All instants are epoch milliseconds.
 *
 * Nothing in a record is a credential: the token that a client presents cannot be computed from it.
 */
export interface SessionRecord {
  /** The payload, opaque to the storage. It begins with a nonce per write, so that no two writes are equal. */
  data: string
  /** 1 when created, one more with every `update` and `rotate`; `touch` leaves it. */
  version: number
  /** When the user last signed in with it, or when it was created. The absolute timeout counts from here. */
  createdAt: number
  /** From this instant on it is gone: `expiresAt <= now` is expired. `8.64e15` is never. */
  expiresAt: number
  /** Stays the same while the key changes (`rotate`): what a public handle is made of. */
  identity: string
  /** Whose session it is, hashed and bound to the session's name; absent for nobody's. What `list` looks up. */
  subject?: string
}
