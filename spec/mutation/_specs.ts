import { readdirSync } from 'node:fs'

/** The rooms whose specs find mutants: on memory, in a directory and over HTTP. */
const ROOMS =
  /^spec\/(?:base|conformance|definition|formats|koa|live|mount|request|scenarios|serializers|storages|testing|trackers|transformers)\//

/** What needs an engine, a browser, other processes or much time, and what counts or searches in a house of its own. */
const ELSEWHERE =
  /redis|postgres|chromium|storage-failure|hostile-costs|linear-time|processes|crashes|stalled-reader|_\w|conformance\/(?!memory)|storages\/(?!memory)|testing\/(?:broken|cookie-jar)/

/** The specs that are run against each mutant, those of one unit before those of the whole. */
export function mutationSpecs(): string[] {
  // Of the folder that is tested: the sandbox with the mutants.
  const specs = readdirSync('spec', { recursive: true, encoding: 'utf8' })
    .map((path) => `spec/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.spec.ts') && ROOMS.test(path) && !ELSEWHERE.test(path))
    .sort()
  const units = specs.filter((path) => !/^spec\/(?:scenarios|request|live)\//.test(path))
  return [...units, ...specs.filter((path) => !units.includes(path))]
}

/** Tests that wait for a limit, or for a poll of a storage that cannot be watched, by their titles. */
const SLOW =
  /\bhangs?\b|took too long|an outage while|(?:in a directory|in an app's own text storage), .*(?:closes the socket|a stream begins)|after the end every write|a ticket opens the session of the request|thousand (?:sockets|requests)|thousand updates in a directory|concurrent requests .*in a directory/i

/** Whether a test is worth its time where these files are mutated: the slow ones are about the limits in `trackers`. */
export function isWorthIt(title: string, mutated: readonly string[]): boolean {
  return !SLOW.test(title) || mutated.some((path) => /\blib[\\/]trackers\b/.test(path))
}
