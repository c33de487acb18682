/** A token as RFC 9110 defines it: the characters of a cookie's name, a header's name and an authentication scheme. */
export const HTTP_TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~\w]+$/

/** Stands for an oversized value; refused as malformed. */
export const OVERSIZED = ''
