/** Who is signed in, and how often each process has counted. */
export interface Member {
  readonly name: string
  readonly counts: Readonly<Record<string, number>>
}

export function countedBy(pid: number, { name, counts }: Member): Member {
  return { name, counts: { ...counts, [pid]: (counts[pid] ?? 0) + 1 } }
}
