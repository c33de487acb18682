/**
 * The session keys of each subject. Most subjects have one session, and a set of one key takes about 200 bytes: a single key is
 * therefore stored without a set.
 */
export class SubjectKeys {
  readonly #keys = new Map<string, string | Set<string>>()

  add(subject: string | undefined, key: string): void {
    if (subject === undefined) return
    const present = this.#keys.get(subject)
    if (present === undefined) this.#keys.set(subject, key)
    else if (typeof present === 'string') this.#keys.set(subject, new Set([present, key]))
    else present.add(key)
  }

  remove(subject: string | undefined, key: string): void {
    if (subject === undefined) return
    const present = this.#keys.get(subject)
    if (typeof present === 'object') {
      present.delete(key)
      if (present.size > 0) return
    }
    this.#keys.delete(subject)
  }

  /** A copy of the current keys: the caller may iterate over it while sessions come and go. */
  keys(subject: string): readonly string[] {
    const present = this.#keys.get(subject) ?? []
    return typeof present === 'string' ? [present] : [...present]
  }
}
