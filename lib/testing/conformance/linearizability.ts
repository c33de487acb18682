import type { SessionRecord } from '../../contracts/record.ts'
import type { StorageOperation } from './history.ts'
import { outcomes, type Held } from './key-model.ts'

/**
 * Whether the history of each key is linearizable: some sequential order of its calls explains all results, and no call comes before one that
 * had returned when it was made. A call without a result takes effect at any later time, or never. Each key must be empty at first, and
 * nothing may expire.
 *
 * Keys are checked one by one, so that a storage may rotate in two steps. A touch with the result `false` may have moved the deadline before
 * the session ended. The search is Wing and Gong's, with a memory of the states that it has visited.
 */
export function isLinearizable(history: readonly StorageOperation[]): boolean {
  const keys = new Set(history.flatMap(({ call }) => (call.verb === 'rotate' ? [call.key, call.to] : [call.key])))
  return [...keys].every((key) => {
    const about = history.filter(({ call }) => isAbout(call, key))
    return hasOrder(key, [...about.map((operation) => ({ ...operation, isSure: true })), ...about.flatMap(inVain)])
  })
}

/** An operation, and whether its result must be explained. */
type Step = StorageOperation & { readonly isSure: boolean }

/** The effect that a touch may have had in spite of its result `false`. */
function inVain(operation: StorageOperation): Step[] {
  const { call, answer } = operation
  return call.verb === 'touch' && answer === false ? [{ ...operation, isSure: false }] : []
}

function isAbout(call: StorageOperation['call'], key: string): boolean {
  return call.key === key || (call.verb === 'rotate' && call.to === key)
}

function hasOrder(key: string, history: readonly Step[]): boolean {
  const seen = new Set<string>()

  function goesOn(left: readonly Step[], held: Held): boolean {
    const firstAnswer = Math.min(...left.map(({ answeredAt }) => answeredAt))
    // The remaining calls have no result, and need not have taken effect.
    if (firstAnswer === Infinity) return true
    const place = `${left.map(({ calledAt, isSure }) => (isSure ? calledAt : -calledAt)).join()} ${textOf(held)}`
    if (seen.has(place)) return false
    seen.add(place)
    return left
      .filter(({ calledAt }) => calledAt < firstAnswer)
      .some((operation) => {
        const rest = left.filter((one) => one !== operation)
        return outcomes(operation.call, key, held).some(
          (outcome) => explains(outcome.answer, operation) && goesOn(rest, outcome.held),
        )
      })
  }

  return goesOn(history, null)
}

function explains(answer: unknown, operation: Step): boolean {
  if (operation.answeredAt === Infinity || !operation.isSure) return true
  if (operation.call.verb !== 'read') return operation.answer === answer
  return textOf(operation.answer as Held) === textOf(answer as Held)
}

function textOf(held: Held): string {
  if (held === null) return 'nothing'
  const { data, version, createdAt, expiresAt, identity, subject }: SessionRecord = held
  return JSON.stringify([data, version, createdAt, expiresAt, identity, subject])
}
