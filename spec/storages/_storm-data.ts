import { sha256 } from '../../lib/base/digest.ts'

export const SUBJECTS: readonly string[] = ['ada', 'bob', 'cyd', 'dan', 'eve']

/** A text of some size that can be told from a part of itself. */
export function largeText(): string {
  const body = String(Math.random()).repeat(1 + Math.floor(Math.random() * 800))
  return `${sha256(body)} ${body}`
}

/** Whether it is one that `largeText` gave, as a whole. */
export function isWhole(text: string): boolean {
  const [digest, body] = text.split(' ')
  return body !== undefined && digest === sha256(body)
}
