/** Pairs of characters that are adjacent in the alphabet, among the digits or on a keyboard, in either order. */
const NEIGHBOURS = new Set(
  ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'].flatMap((row) =>
    Array.from(row.slice(1), (right, at) => [`${row[at]}${right}`, `${right}${row[at]}`]).flat(),
  ),
)

/** Words of examples and templates, without spaces, hyphens and capitals. */
const PLACEHOLDER =
  /change(?:me|this|it)|replace(?:me|this|with)|your(?:super|very|own|long|app|session)*(?:secret|key|password)|(?:secret|key|password)(?:goes)?here|placeholder|keyboardcat|(?:super|top|very)secret|notasecret|donotuse|insecure|atleast32/

const FEWEST_DIFFERENT = 6
/** The number of characters in a passage. */
const PASSAGE = 4

/**
 * Returns why a key is guessable, `undefined` for a key that looks random. A key is weak if
 *
 * - it has fewer than six different characters;
 * - more than a third of it repeats earlier passages of four characters, as a repeated word or sentence does;
 * - three quarters of its characters equal the character before them, or are adjacent to it in the alphabet, among the digits or on a keyboard;
 * - it contains the words of an example, such as "change me".
 *
 * It refuses fewer than one in ten million random keys of 32 decimal digits, and practically no random key with more entropy. It does not find
 * every key that a person made up.
 *
 * @param key A text, or bytes as a text with one character per byte.
 */
export function weaknessOf(key: string): string | undefined {
  const lower = key.toLowerCase()
  if (new Set(key).size < FEWEST_DIFFERENT) return 'has too few different characters'
  if (count(lower, repeatsPassage()) > key.length / 3) return 'repeats itself'
  if (count(lower, standsBeside) > (key.length * 3) / 4) return 'is a sequence of characters'
  return PLACEHOLDER.test(lower.replaceAll(/[^a-z\d]/g, '')) ? 'contains the words of an example' : undefined
}

/** The number of characters of a text, without the first, that match the rule. */
function count(text: string, rule: (text: string, at: number) => boolean): number {
  let found = 0
  for (let at = 1; at < text.length; at++) if (rule(text, at)) found++
  return found
}

function repeatsPassage(): (text: string, at: number) => boolean {
  const had = new Set<string>()
  return (text, at) => {
    const passage = text.slice(Math.max(at + 1 - PASSAGE, 0), at + 1)
    return had.size === had.add(passage).size
  }
}

function standsBeside(text: string, at: number): boolean {
  const pair = text.slice(at - 1, at + 1)
  return Math.abs(pair.charCodeAt(1) - pair.charCodeAt(0)) <= 1 || NEIGHBOURS.has(pair)
}
