import type { Codec } from '../definition/codec.ts'
import type { Body, Flash } from '../formats/payload.ts'
import { idsIn } from './flash-claims.ts'

/**
 * What a request wants of a session, kept as changes: they are applied to what the session is when it is stored, so
 * that two requests that set different keys both succeed. Never changed, always replaced: one may be under way to the
 * storage.
 */
export interface Draft {
  /** The whole value. */
  readonly whole?: string | undefined
  /** Whether the app gave it (`set`), rather than made it of the value that was there (`update`). */
  readonly isGiven?: boolean | undefined
  /** Single keys, after the whole: `{ key: value }` serialized, `null` for one that is removed. */
  readonly keys?: ReadonlyMap<string, string | null> | undefined
  /** Flash for the next request, likewise. */
  readonly flash?: ReadonlyMap<string, string> | undefined
  /** The flash that this request has read, as `claimOf` names it. */
  readonly consumed?: string | undefined
  readonly idleTimeout?: number | undefined
  /** A new id: `move` kills the old one in the same step, `copy` leaves it. */
  readonly regenerate?: 'move' | 'copy' | undefined
  /** A new id, and the absolute clock anew. */
  readonly login?: boolean | undefined
  /** The draft that is part of this one already, as `update` makes them. */
  readonly folds?: Draft | null | undefined
}

/** Replaces the whole value: what was set by key before is part of what is replaced. */
export function withGiven(draft: Draft | null, whole: string, login: boolean): Draft {
  return { ...draft, whole, isGiven: true, keys: undefined, login: login || draft?.login }
}

/** Replaces the whole value by what was made of it. */
export function withChanged(draft: Draft | null, whole: string): Draft {
  return { ...draft, whole, keys: undefined }
}

/** Sets one key, or removes it by `null`. */
export function withKey(draft: Draft | null, key: string, text: string | null): Draft {
  return { ...draft, keys: new Map(draft?.keys).set(key, text) }
}

export function withFlash(draft: Draft | null, key: string, text: string): Draft {
  return { ...draft, flash: new Map(draft?.flash).set(key, text) }
}

/** What is left of a draft when an earlier state of it has been stored; `null` where nothing is. */
export function withoutStored(draft: Draft, stored: Draft): Draft | null {
  if (draft === stored) return null
  if (stored.folds) return withoutStored(draft, stored.folds)
  const replaced = draft.whole !== stored.whole
  const left: Draft = {
    whole: replaced ? draft.whole : undefined,
    isGiven: replaced ? draft.isGiven : undefined,
    keys: replaced ? draft.keys : without(draft.keys, stored.keys),
    flash: without(draft.flash, stored.flash),
    consumed: draft.consumed === stored.consumed ? undefined : draft.consumed,
    idleTimeout: draft.idleTimeout === stored.idleTimeout ? undefined : draft.idleTimeout,
    login: stored.login ? undefined : draft.login,
    regenerate: stored.regenerate ? undefined : draft.regenerate,
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

/** What a draft makes of a body. @throws SessionValueError (`ERR_SESSION_VALUE`) where a schema refuses it. */
export function applyDraft(draft: Draft, body: Body, codec: Codec, newFlashId: () => string): Body {
  return {
    value: valueOf(draft, body, codec),
    flash: flashOf(draft, body, codec, newFlashId),
    idleTimeout: draft.idleTimeout ?? body.idleTimeout,
  }
}

/** The value that a draft makes of a body's. */
export function valueOf({ whole, keys }: Draft, body: Body, codec: Codec): string | undefined {
  const text = whole ?? body.value
  if (!keys) return text
  const value = merged(text === undefined ? {} : readable(text, codec), keys, codec)
  return text === undefined && Object.keys(value).length === 0 ? undefined : codec.writeKeys(value)
}

/** A value with single keys of it changed, not yet checked by any schema. */
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

/** Where a schema refuses what is there, what single keys make of it may be right. */
function readable(text: string, codec: Codec): object {
  return codec.read(text)?.value ?? (codec.readPart(text) as object)
}

/** What each request leaves stays apart: of two that are read by different requests, neither takes the other along. */
function flashOf({ flash, consumed }: Draft, body: Body, codec: Codec, newFlashId: () => string): Body['flash'] {
  if (!flash && consumed === undefined) return body.flash
  const ids = idsIn(consumed)
  const kept = body.flash?.filter(({ id }) => !ids.includes(id)) ?? []
  if (flash) {
    const values = {}
    for (const part of flash.values()) Object.assign(values, codec.readPart(part))
    kept.push({ id: newFlashId(), text: codec.writePart('flash', values) })
  }
  return kept.length > 0 ? kept : undefined
}

/** The values of a flash; none where the text is not ours. */
export function flashValues({ text }: Flash, codec: Codec): Record<string, unknown> {
  try {
    return { ...(codec.readPart(text) as { flash: Record<string, unknown> }).flash }
  } catch {
    return {}
  }
}
