import type { Tracked } from '../contracts/tracker.ts'
import type { MountedSession } from '../definition/mounted-session.ts'
import { readBody } from '../formats/payload.ts'

/** The value of a session as it is stored, for who only looks at it; `undefined` where it has none that can be read. */
export function storedValue({ codec }: MountedSession, session: Tracked): object | undefined {
  const text = readBody(session.text)?.value
  return text === undefined ? undefined : codec.read(text)?.value
}
