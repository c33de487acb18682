import { parseJson } from '../base/json.ts'
import { DEEPEST } from './limits.ts'

/**
 * Parses untrusted JSON, and accepts only values that can be written again: not more than {@link DEEPEST} levels, no property that changes
 * prototypes, no number that JSON writes as `null`. It checks level by level, so that deep nesting costs no stack.
 *
 * @throws SyntaxError for any other text.
 */
export function parseStrictly(text: string): unknown {
  const value: unknown = parseJson(text)
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    const next: unknown[] = []
    for (const one of level) {
      if (typeof one === 'number' && !Number.isFinite(one)) throw new SyntaxError('a number that is not finite')
      if (typeof one !== 'object' || one === null) continue
      if (depth === DEEPEST) throw new SyntaxError(`nested deeper than ${DEEPEST} levels`)
      if (Array.isArray(one)) for (const item of one) next.push(item)
      else {
        for (const key of Object.keys(one)) {
          if (key === '__proto__') throw new SyntaxError('a property that changes prototypes')
          next.push((one as Record<string, unknown>)[key])
        }
      }
    }
    level = next
  }
  return value
}
