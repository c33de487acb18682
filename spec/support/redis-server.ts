import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from './until.ts'

const execute = promisify(execFile)

const BINARY = process.env['REDIS_SERVER'] ?? 'redis-server'

/** Whether this machine has `redis-server` (or the one that `REDIS_SERVER` names, of Valkey for instance). */
export const hasRedisServer: boolean = spawnSync(BINARY, ['--version']).status === 0

/** A `redis-server` of its own, on a free loopback port, with its files in a temporary folder. */
export class RedisServer {
  readonly port: number
  readonly #folder: string
  readonly #options: readonly string[]
  #process: ChildProcess | undefined

  private constructor(port: number, options: readonly string[]) {
    this.port = port
    this.#options = options
    this.#folder = mkdtempSync(join(tmpdir(), 'koa-typed-sessions-redis-'))
  }

  /** `options` as on the command line: `'--appendonly', 'yes'`. */
  static async start(...options: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options)
    await server.start()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts it again after a `kill`, on the same port and files. */
  async start(): Promise<void> {
    const fixed = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.#folder, '--save', '']
    const child = spawn(BINARY, [...fixed, ...this.#options], { stdio: 'ignore' })
    this.#process = child
    process.once('exit', () => child.kill('SIGKILL'))
    const answers = async (): Promise<boolean> => {
      if (child.exitCode !== null) throw new Error(`redis-server has ended with ${child.exitCode}`)
      return (await this.cli('PING').catch(() => 'not yet')) === 'PONG'
    }
    await until(answers, { what: 'redis-server answers' })
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }

  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** One command, over a connection that is nobody else's. */
  async cli(...command: string[]): Promise<string> {
    const { stdout } = await execute('redis-cli', ['-p', `${this.port}`, ...command])
    return stdout.trim()
  }
}

/** A cluster of three masters. */
export class RedisCluster {
  readonly servers: readonly RedisServer[]

  private constructor(servers: readonly RedisServer[]) {
    this.servers = servers
  }

  static async start(): Promise<RedisCluster> {
    // Its own port for the nodes among themselves, since the usual one, 10,000 above, may be taken or none.
    const start = async (): Promise<RedisServer> =>
      RedisServer.start('--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`, '--appendonly', 'no')
    const servers = [await start(), await start(), await start()]
    const nodes = servers.map(({ port }) => `127.0.0.1:${port}`)
    await execute('redis-cli', ['--cluster', 'create', ...nodes, '--cluster-yes'])
    for (const server of servers) {
      const isReady = async (): Promise<boolean> => (await server.cli('CLUSTER', 'INFO')).includes('cluster_state:ok')
      await until(isReady, { what: 'the cluster is ready' })
    }
    return new RedisCluster(servers)
  }

  get ports(): number[] {
    return this.servers.map(({ port }) => port)
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()))
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
