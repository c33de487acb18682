/** The names of keys and channels on Redis. */
export interface Names {
  /** The hash of a session, and the channel that announces its changes. */
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
