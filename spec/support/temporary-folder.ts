import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'

/** The path of a new empty folder, which is removed when the test is over. */
export function temporaryFolder(t: Pick<ExecutionContext, 'teardown'>): string {
  const path = mkdtempSync(join(tmpdir(), 'koa-typed-sessions-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}
