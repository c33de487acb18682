type Scalar = string | number | bigint | boolean | undefined | null | Date

/** A value as the stores give it: read-only all the way down, to the compiler and at run time. */
export type Frozen<V> = V extends Scalar
  ? V
  : V extends ReadonlyMap<infer K, infer W>
    ? ReadonlyMap<Frozen<K>, Frozen<W>>
    : V extends ReadonlySet<infer W>
      ? ReadonlySet<Frozen<W>>
      : { readonly [K in keyof V]: Frozen<V[K]> }
