import type { SessionRecord } from '../../contracts/record.ts'
import type { StorageOperation } from './history.ts'
import { outcomes, type Held } from './key-model.ts'

/**
 * Whether each key's history is what somebody would have seen who did one thing after the other, in some order in which
 * nothing comes before what had been answered when it was asked. What was never answered has had its effect at any time
 * since, or has none. Every key must have been empty, and nothing may expire meanwhile.
 *
 * Key by key, so that a storage may do a rotation in two steps. A touch that says `false` may have moved the deadline before
 * the session went. The search is that of Wing and Gong, remembering where it has been.
 */
export function isLinearizable(history: readonly StorageOperation[]): boolean {
  const keys = new Set(history.flatMap(({ call }) => (call.verb === 'rotate' ? [call.key, call.to] : [call.key])))
  return [...keys].every((key) => {
    const about = history.filter(({ call }) => isAbout(call, key))
    return hasOrder(key, [...about.map((operation) => ({ ...operation, isSure: true })), ...about.flatMap(inVain)])
  })
}

/** An operation, and whether what it answers is what it has done. */
type Step = StorageOperation & { readonly isSure: boolean }

/** What a touch may have done that came too late: the same one, whatever it answers. */
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
    // What is left was never answered, and need not have happened.
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
