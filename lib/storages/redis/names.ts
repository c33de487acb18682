/** What things are called on the engine. */
export interface Names {
  /** The hash of a session, and the channel on which its changes are told. */
  readonly session: (key: string) => string
  /** The index of a subject: a sorted set of session keys. */
  readonly subject: (subject: string) => string
}

export function namesUnder(prefix: string): Names {
  return {
    session: (key) => `${prefix}id:${key}`,
    subject: (subject) => `${prefix}subject:${subject}`,
  }
}
