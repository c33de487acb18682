import type { Mount } from '../session/mount.ts'

/** The mounts that requests of an app have come through. An app is the key, so that nothing outlives it. */
const mounts = new WeakMap<object, Set<Mount>>()

export function noteMount(app: object, mount: Mount): void {
  const noted = mounts.get(app)
  if (noted) noted.add(mount)
  else mounts.set(app, new Set([mount]))
}

/** Whether several mounts of an app, on two routers say, have a session of one name and one transport. */
export function isShared(app: object, kind: string, name: string): boolean {
  let found = 0
  for (const { all } of mounts.get(app) ?? []) {
    if (all.some((mounted) => mounted.kind === kind && mounted.name === name)) found++
  }
  return found > 1
}
