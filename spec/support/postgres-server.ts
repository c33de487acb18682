import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { once } from 'node:events'

/** A server that the specs may use, or their own, which they may kill as well. */
export interface PostgresServer {
  readonly url: string
  /** Ends it at once, as a crash does, and all connections with it. */
  kill(): Promise<void>
  /** Starts it again, on the same data and port. */
  start(): Promise<void>
  /** Ends it and removes all that it has kept. */
  stop(): Promise<void>
}

/** Why there is no server that can be killed, or `undefined` where there is one: what the title of a skipped test says. */
export const noOwnServer: string | undefined = binaries() === undefined ? 'no PostgreSQL is installed' : undefined

/** Why there is no server at all, likewise. */
export const noServer: string | undefined =
  noOwnServer === undefined || process.env['POSTGRES_URL'] ? undefined : `${noOwnServer} and no POSTGRES_URL is given`

/** The server that `POSTGRES_URL` names, else one of our own. */
export async function someServer(): Promise<PostgresServer> {
  const url = process.env['POSTGRES_URL']
  const nothing = async (): Promise<void> => {}
  return url ? { url, kill: nothing, start: nothing, stop: nothing } : await ownServer()
}

/** A server of our own, on a free port of the loopback device and in a temporary folder. */
export async function ownServer(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'koa-typed-sessions-postgres-'))
  const user = unprivileged()
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const options = { ...user, cwd: folder, env: { ...process.env, LC_ALL: 'C' } }
  const data = join(folder, 'data')
  execFileSync(binary('initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...options,
    stdio: 'ignore',
  })
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=200']
  const parameters = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  let server: ChildProcess | undefined

  const start = async (): Promise<void> => {
    // The processes of a server that was killed may need a moment to see it.
    for (let attempt = 0; attempt < 100; attempt++) {
      server = spawn(binary('postgres'), parameters, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
      if (await isReady(server)) return endWithUs(server, folder)
    }
    throw new Error('PostgreSQL does not start')
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const exit = once(server, 'exit')
    server.kill(signal)
    await exit
  }
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  await start()
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    kill: () => end('SIGKILL'),
    start,
    stop: async () => {
      // With all its processes, none of which must look for what is removed.
      await end('SIGQUIT')
      remove()
    },
  }
}

/** Whether it is up: `false` where it ended instead. */
function isReady(server: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    let log = ''
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (log.length < 100_000) log += text
      if (log.includes('ready to accept connections')) resolve(true)
    })
    server.once('exit', () => resolve(false))
  })
}

/** Sees to it that nothing is left of a server when this process is killed, as AVA does after a time limit. */
function endWithUs(server: ChildProcess, folder: string): void {
  const script = 'cat; kill -QUIT "$0" && sleep 1; rm -rf "$1"'
  const guard = spawn('sh', ['-c', script, String(server.pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  server.once('exit', () => guard.kill('SIGKILL'))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (what: '-u' | '-g'): number => Number(execFileSync('id', [what, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

function binary(name: string): string {
  return join(binaries() ?? '', name)
}

/** The folder of the server's programs: on the path, or where Debian has them. */
function binaries(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...pathFolders()]
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

function pathFolders(): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
}
