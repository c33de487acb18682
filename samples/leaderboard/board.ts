/** The points that one visitor has given, by the number of the player. */
export type Points = Record<string, number>

/** How many players there are. */
export const PLAYERS = 10_000

/** For how many of them a visitor's session has room. */
export const MOST = 200

const FIRST = ['Ada', 'Carl', 'Grace', 'Marie', 'Nikola', 'Claude', 'Emmy', 'Alan', 'Hedy', 'Blaise']
const LAST = ['Lovelace', 'Gauss', 'Hopper', 'Curie', 'Tesla', 'Shannon', 'Noether', 'Turing', 'Lamarr', 'Pascal']

/** What a player is called. */
export function nameOf(player: number): string {
  const first = FIRST[player % FIRST.length] ?? ''
  const last = LAST[Math.floor(player / FIRST.length) % LAST.length] ?? ''
  return `${first} ${last} ${Math.floor(player / FIRST.length / LAST.length) + 1}`
}
