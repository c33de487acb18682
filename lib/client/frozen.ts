type Scalar = string | number | bigint | boolean | undefined | null | Date

/**
 * The type of a value that a store returns: deeply read-only, both in TypeScript and at run time. A Date keeps its type,
 * and its setters throw. Functions become `never`.
 */
export type Frozen<V> = unknown extends V
  ? V
  : V extends Scalar
    ? V
    : V extends (...args: never) => unknown
      ? never
      : V extends ReadonlyMap<infer K, infer W>
        ? ReadonlyMap<Frozen<K>, Frozen<W>>
        : V extends ReadonlySet<infer W>
          ? ReadonlySet<Frozen<W>>
          : V extends readonly (infer W)[]
            ? W[] extends V
              ? readonly Frozen<W>[]
              : FrozenMembers<V>
            : FrozenMembers<V>

type FrozenMembers<V> = { readonly [K in keyof V]: Frozen<V[K]> }
