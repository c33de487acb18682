/** One name that a module exports: what it is called outside, and inside; from which module, where it is not its own. */
export interface Export {
  readonly name: string
  readonly original: string
  readonly from: string | undefined
  readonly isType: boolean
}

const DECLARATION =
  /^export (?:abstract |async |declare )*(class|const(?: enum)?|enum|function\*?|interface|let|type) (\w+)/gm

/** All that a module exports. An overloaded function counts once. */
export function exportsOf(source: string): Export[] {
  const own = [...source.matchAll(DECLARATION)].map(([, kind, name = '']) => ({
    name,
    original: name,
    from: undefined,
    isType: kind === 'interface' || kind === 'type',
  }))
  const passedOn = [...source.matchAll(/^export (type )?\{([^}]*)\} from '([^']+)'/gm)].flatMap(
    ([, type, names = '', from]) =>
      names
        .split(',')
        .map((text) => text.trim())
        .filter((text) => text !== '')
        .map((text) => {
          const [original = '', name = original] = text.replace(/^type /, '').split(' as ')
          return { name, original, from, isType: type !== undefined || text.startsWith('type ') }
        }),
  )
  const unique = new Map([...own, ...passedOn].map((one) => [`${one.isType} ${one.name}`, one]))
  return [...unique.values()]
}
