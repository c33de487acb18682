import type { Codec } from '../definition/codec.ts'
import type { Body, Flash } from '../formats/payload.ts'
import { idsIn } from '../mount/flash-claims.ts'

/**
 * The changes that a request makes to a session. They are applied to what the session holds when it is stored, so that two requests
 * that set different keys both succeed. Never modified, always replaced: they may be on their way to the storage.
 */
export interface PendingChanges {
  /** The whole value. */
  readonly whole?: string | undefined
  /** Whether the app gave it (`set`), rather than made it from the value before (`update`). */
  readonly isGiven?: boolean | undefined
  /** Single keys, applied after the whole: `{ key: value }` serialized, `null` for a key that is removed. */
  readonly keys?: ReadonlyMap<string, string | null> | undefined
  /** Flash for the next request, serialized likewise. */
  readonly flash?: ReadonlyMap<string, string> | undefined
  /** The flash that this request was given, as `claimOf` names it. */
  readonly consumed?: string | undefined
  readonly idleTimeout?: number | undefined
  /** A new id: `move` ends the old one in the same step, `copy` leaves it valid. */
  readonly regenerate?: 'move' | 'copy' | undefined
  /** A new id, and a new absolute timeout. */
  readonly login?: boolean | undefined
  /** Earlier changes that these include, as those of `update` do: storing these stores them too. */
  readonly includes?: PendingChanges | null | undefined
}

/** Replaces the whole value, and with it the keys that were set before. */
export function withGiven(changes: PendingChanges | null, whole: string, login: boolean): PendingChanges {
  return { ...changes, whole, isGiven: true, keys: undefined, login: login || changes?.login }
}

/** Replaces the whole value by one that was made from it. */
export function withChanged(changes: PendingChanges | null, whole: string): PendingChanges {
  return { ...changes, whole, keys: undefined }
}

/** Sets one key, or removes it by `null`. */
export function withKey(changes: PendingChanges | null, key: string, text: string | null): PendingChanges {
  return { ...changes, keys: new Map(changes?.keys).set(key, text) }
}

export function withFlash(changes: PendingChanges | null, key: string, text: string): PendingChanges {
  return { ...changes, flash: new Map(changes?.flash).set(key, text) }
}

/** The changes that are left when earlier ones, which they began with, have been stored; `null` if none are. */
export function withoutStored(changes: PendingChanges, stored: PendingChanges): PendingChanges | null {
  if (changes === stored) return null
  if (stored.includes) return withoutStored(changes, stored.includes)
  const isReplaced = changes.whole !== stored.whole
  const left: PendingChanges = {
    whole: isReplaced ? changes.whole : undefined,
    isGiven: isReplaced ? changes.isGiven : undefined,
    keys: isReplaced ? changes.keys : without(changes.keys, stored.keys),
    flash: without(changes.flash, stored.flash),
    consumed: changes.consumed === stored.consumed ? undefined : changes.consumed,
    idleTimeout: changes.idleTimeout === stored.idleTimeout ? undefined : changes.idleTimeout,
    login: stored.login ? undefined : changes.login,
    regenerate: stored.regenerate ? undefined : changes.regenerate,
  }
  return Object.values(left).some((part) => part !== undefined) ? left : null
}

function without<T>(
  all: ReadonlyMap<string, T> | undefined,
  stored: ReadonlyMap<string, T> | undefined,
): ReadonlyMap<string, T> | undefined {
  const left = [...(all ?? [])].filter(([key, part]) => !stored?.has(key) || stored.get(key) !== part)
  return left.length > 0 ? new Map(left) : undefined
}

/** The body that changes lead to. @throws SessionValueError (`ERR_SESSION_VALUE`) if a schema refuses it. */
export function applyChanges(changes: PendingChanges, body: Body, codec: Codec, newFlashId: () => string): Body {
  const hasFlash = changes.flash !== undefined || changes.consumed !== undefined
  return {
    value: valueText(changes, body, codec),
    flash: hasFlash ? flashOf(changes, body, codec, newFlashId) : body.flash,
    idleTimeout: changes.idleTimeout ?? body.idleTimeout,
  }
}

/** The value, serialized, that changes lead to. */
export function valueText({ whole, keys }: PendingChanges, body: Body, codec: Codec): string | undefined {
  const text = whole ?? body.value
  if (!keys) return text
  const value = merged(text === undefined ? {} : readable(text, codec), keys, codec)
  return text === undefined && Object.keys(value).length === 0 ? undefined : codec.writeKeys(value)
}

/** A value with some keys changed, which no schema has checked yet. */
export function merged(
  whole: object,
  keys: ReadonlyMap<string, string | null> | undefined,
  codec: Codec,
): Record<string, unknown> {
  const value: Record<string, unknown> = { ...whole }
  for (const [key, part] of keys ?? []) {
    if (part === null) delete value[key]
    else Object.assign(value, codec.readPart(part))
  }
  return value
}

/** If the schema refuses the value as it stands, the changes of keys may still make it valid. */
function readable(text: string, codec: Codec): object {
  return codec.read(text)?.value ?? (codec.readPart(text) as object)
}

/** The flash of each request is kept apart: if two requests are given one each, neither takes the other's along. */
function flashOf(
  { flash, consumed }: PendingChanges,
  body: Body,
  codec: Codec,
  newFlashId: () => string,
): Body['flash'] {
  const ids = idsIn(consumed)
  const kept = body.flash?.filter(({ id }) => !ids.includes(id)) ?? []
  if (flash) {
    const values = {}
    for (const part of flash.values()) Object.assign(values, codec.readPart(part))
    kept.push({ id: newFlashId(), text: codec.writePart('flash', values) })
  }
  return kept.length > 0 ? kept : undefined
}

/** The values of a flash; none if its text cannot be read. */
export function flashValues({ text }: Flash, codec: Codec): Record<string, unknown> {
  try {
    return { ...(codec.readPart(text) as { flash: Record<string, unknown> }).flash }
  } catch {
    return {}
  }
}
