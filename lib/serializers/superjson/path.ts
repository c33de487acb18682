/*
 * A path in superjson's format: keys and indexes, separated by dots. In a key, a backslash escapes a dot or a backslash. The path ''
 * leads to the property with an empty key; the value itself has no path.
 */

/** A place in a value: one step below another place, or below the value itself. */
export interface Place {
  readonly above: Place | undefined
  readonly step: string
}

/** The path to a place from a place above it. `undefined` is the value itself. */
export function pathTo(place: Place, from: Place | undefined): string {
  let path = escaped(place.step)
  for (let { above } = place; above && above !== from; { above } = above) path = `${escaped(above.step)}.${path}`
  return path
}

function escaped(step: string): string {
  return step.includes('.') || step.includes('\\') ? step.replaceAll(/[\\.]/g, String.raw`\$&`) : step
}

/** @throws SyntaxError if a backslash escapes anything but a dot or a backslash. */
export function splitPath(path: string): string[] {
  if (!path.includes('\\')) return path.split('.')
  const steps: string[] = []
  let step = ''
  for (let index = 0; index < path.length; index++) {
    const char = path[index] as string
    if (char === '.') {
      steps.push(step)
      step = ''
    } else if (char !== '\\') {
      step += char
    } else {
      const next = path[++index]
      if (next !== '\\' && next !== '.') throw new SyntaxError('a backslash in a path escapes nothing')
      step += next
    }
  }
  return [...steps, step]
}
