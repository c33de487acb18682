import type { Mount } from '../mount/mount.ts'

/** The mounts that the requests of an app have run through. */
const mounts = new WeakMap<object, Set<Mount>>()

export function noteMount(app: object, mount: Mount): void {
  const noted = mounts.get(app)
  if (noted) noted.add(mount)
  else mounts.set(app, new Set([mount]))
}

/** Whether several definitions of an app, on two routers for example, have the same name and transport. */
export function isShared(app: object, kind: string, name: string): boolean {
  const definitions = new Set<object>()
  for (const { all } of mounts.get(app) ?? []) {
    for (const mounted of all) {
      if (mounted.kind === kind && isSameName(kind, mounted.name, name)) definitions.add(mounted.options)
    }
  }
  return definitions.size > 1
}

/** The name of a header is case-insensitive. */
function isSameName(kind: string, one: string, other: string): boolean {
  return kind === 'header' ? one.toLowerCase() === other.toLowerCase() : one === other
}
