import { once } from 'node:events'
import { createServer } from 'node:http'
import { Session } from 'node:inspector/promises'
import type { AddressInfo } from 'node:net'
import type Koa from 'koa'

/** What one warm request entered of the library's own code. */
export interface Entered {
  readonly files: number
  readonly functions: number
  readonly calls: number
  /** `file function` and how often, for a closer look. */
  readonly names: readonly string[]
}

const OWN = /^(?!.*node_modules).*\/(?:lib|dist)\/((?!testing)[^?]*)\.[jt]s/

/** Counts the library's functions that one warm request enters, by V8's precise coverage. Another request goes before, for what is made once. */
export async function enteredBy(app: Koa, path: string, cookie: string): Promise<Entered> {
  const server = createServer((request, response) => void app.callback()(request, response)).listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const session = new Session()
  session.connect()
  const ask = async (): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie } })
    await response.text()
    if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  }
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
    await ask()
    await ask()
    await session.post('Profiler.takePreciseCoverage')
    await ask()
    const { result } = await session.post('Profiler.takePreciseCoverage')
    const files = new Set<string>()
    const names: string[] = []
    let calls = 0
    for (const { url, functions } of result) {
      const file = OWN.exec(url)?.[1]
      if (file === undefined) continue
      for (const { functionName, ranges } of functions) {
        const count = ranges[0]?.count ?? 0
        if (count === 0 || functionName === '__name') continue
        files.add(file)
        calls += count
        names.push(`${file} ${functionName || '(anonymous)'}${count > 1 ? ` ×${count}` : ''}`)
      }
    }
    return { files: files.size, functions: names.length, calls, names }
  } finally {
    session.disconnect()
    server.close()
    server.closeAllConnections()
  }
}
