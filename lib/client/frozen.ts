type Scalar = string | number | bigint | boolean | undefined | null | Date

/**
 * A value as the stores give it: read-only all the way down, to the compiler and at run time. A Date keeps its type, and
 * throws where it is set. There is no function.
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
