import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/*
 * The other libraries are not among the development dependencies: they would bring some two hundred packages. They are installed
 * beside the benchmark when it runs, in the versions that `peers.json` names.
 */

const wanted = fileURLToPath(new URL('peers.json', import.meta.url))
const folder = fileURLToPath(new URL('.peers/', import.meta.url))
const door = join(folder, 'door.js')

/** Installs what `peers.json` names, where that is not there yet. */
export function installPeers(): void {
  const installed = join(folder, 'package.json')
  const done = join(folder, 'installed.json')
  if (existsSync(done) && readFileSync(done, 'utf8') === readFileSync(wanted, 'utf8')) return
  mkdirSync(folder, { recursive: true })
  copyFileSync(wanted, installed)
  execFileSync('npm', ['install', '--prefix', folder, '--no-package-lock', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  // A module in that folder, so that packages are looked for there.
  writeFileSync(door, 'export const open = (name) => import(name)\n')
  copyFileSync(wanted, done)
}

/** Imports a peer. Its types are what the contestant says of it: the compiler does not need the package. */
export async function peer<T>(name: string): Promise<T> {
  const { open } = (await import(pathToFileURL(door).href)) as { open(name: string): Promise<T> }
  return open(name)
}

/** The version of a package: of a peer, else of our own dependencies; empty where it is not installed. */
export function versionOf(name: string): string {
  const ours = fileURLToPath(new URL('../../', import.meta.url))
  if (name === manifest(ours)?.name) return manifest(ours)?.version ?? ''
  const { dependencies } = JSON.parse(readFileSync(wanted, 'utf8')) as { dependencies: Record<string, string> }
  return manifest(join(name in dependencies ? folder : ours, 'node_modules', name))?.version ?? ''
}

function manifest(place: string): { name: string; version: string } | undefined {
  const path = join(place, 'package.json')
  return existsSync(path) ? createRequire(import.meta.url)(path) : undefined
}
