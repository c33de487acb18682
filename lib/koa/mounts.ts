import type { Mount } from '../mount/mount.ts'

/** The mounts that requests of an app have come through. An app is the key, so that nothing outlives it. */
const mounts = new WeakMap<object, Set<Mount>>()

export function noteMount(app: object, mount: Mount): void {
  const noted = mounts.get(app)
  if (noted) noted.add(mount)
  else mounts.set(app, new Set([mount]))
}

/** Whether several definitions in the mounts of an app, on two routers say, have one name and one transport. */
export function isShared(app: object, kind: string, name: string): boolean {
  const definitions = new Set<object>()
  for (const { all } of mounts.get(app) ?? []) {
    for (const mounted of all) {
      if (mounted.kind === kind && isSameName(kind, mounted.name, name)) definitions.add(mounted.options)
    }
  }
  return definitions.size > 1
}

/** The name of a header has no case. */
function isSameName(kind: string, one: string, other: string): boolean {
  return kind === 'header' ? one.toLowerCase() === other.toLowerCase() : one === other
}
