/**
 * The keys of each subject's sessions. Most subjects have one session, and a set of one takes some 200 bytes: a key
 * stands alone until a second one joins it.
 */
export class SubjectIndex {
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

  /** The keys as they are now: a list of its own, so that it may be walked while sessions come and go. */
  keys(subject: string): readonly string[] {
    const present = this.#keys.get(subject) ?? []
    return typeof present === 'string' ? [present] : [...present]
  }
}
