import { type Profiler, type Runtime, Session } from 'node:inspector/promises'

/** Whose time it is. */
export const PARTS = ['cryptography', 'values', 'tokens', 'session', 'Node', 'framework', 'garbage'] as const
export type Part = (typeof PARTS)[number]

/** What a request spends in each part, in nanoseconds: each function's own time, by a sampling profiler. */
export type Profile = Readonly<Record<Part, number>>

/** Microseconds between two looks. */
const INTERVAL = 100

/** How often requests are profiled before it counts: V8 compiles much again when a profiler comes. */
const SETTLING = 2

/** Profiles so many requests. */
export async function profiled(requests: number, act: () => Promise<unknown>): Promise<Profile> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL })
    for (let time = 0; time < SETTLING; time++) {
      await session.post('Profiler.start')
      await act()
      await session.post('Profiler.stop')
    }
    await session.post('Profiler.start')
    await act()
    const { profile } = await session.post('Profiler.stop')
    return shared(profile, requests)
  } finally {
    session.disconnect()
  }
}

function shared({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, requests: number): Profile {
  const parts = new Map<number, Part | undefined>()
  // A parent stands before its children.
  for (const { id, callFrame, children = [] } of nodes) {
    const part = partOf(callFrame) ?? parts.get(id)
    parts.set(id, part)
    // What is built in, JSON as well, is a part of whoever calls it.
    for (const child of children) parts.set(child, part)
  }
  const profile = Object.fromEntries(PARTS.map((part) => [part, 0])) as Record<Part, number>
  for (const [index, id] of samples.entries()) {
    const part = parts.get(id)
    if (part) profile[part] += ((timeDeltas[index] ?? 0) * 1000) / requests
  }
  return profile
}

/** `undefined` for what is nobody's, or the caller's. */
function partOf({ functionName, url }: Runtime.CallFrame): Part | undefined {
  if (functionName === '(garbage collector)') return 'garbage'
  if (url.includes('crypto')) return 'cryptography'
  if (url.startsWith('node:')) return 'Node'
  if (/serializers|superjson|codec|freeze|\/bench\//.test(url)) return 'values'
  if (url.includes('/node_modules/')) return 'framework'
  if (/transformers|transports|exchange|before-head/.test(url)) return 'tokens'
  return url === '' ? undefined : 'session'
}
