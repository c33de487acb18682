import cluster from 'node:cluster'
import { createApp } from './app.ts'
import { openStorage } from './storage.ts'

const PROCESSES = 2
const { PORT = '3000', HOST = '127.0.0.1' } = process.env

if (cluster.isPrimary) supervise()
else await serve()

/** Keeps two processes running behind one address. */
function supervise(): void {
  let started = 0
  cluster.fork()

  cluster.on('listening', ({ process: { pid } }, { port }) => {
    started++
    if (started < PROCESSES) cluster.fork()
    if (started === PROCESSES) console.log(`http://${HOST === '127.0.0.1' ? 'localhost' : HOST}:${port}`)
    if (started > PROCESSES) console.log(`process ${pid} has taken its place`)
  })
  cluster.on('exit', ({ process: { pid } }) => {
    // What cannot even start would not a second later either.
    if (started < PROCESSES) process.exit(1)
    console.log(`process ${pid} has ended`)
    setTimeout(() => cluster.fork(), 1000)
  })
}

async function serve(): Promise<void> {
  const kill = (): void => void process.kill(process.pid, 'SIGKILL')
  const server = createApp({ ...(await openStorage(process.env)), kill }).listen(Number(PORT), HOST)
  // Connections go to the processes in turn: a browser that keeps its own would see one process only.
  server.maxRequestsPerSocket = 1
  server.on('error', (error) => {
    console.error(`cannot listen on port ${PORT} (${error.message}): choose another, as in PORT=3001`)
    process.exit(1)
  })
}
