/*
 * What is above these limits is refused where it is set and where it is read. They keep the cost of a text in proportion
 * to its length: parsing a number or an address of many thousand characters takes time with the square of it.
 */

/** How many objects may be nested. Serializers walk a value by recursion; a stack holds about twenty times as many. */
export const DEEPEST = 500

/** 4,096 bits, as many as the largest numbers that RSA uses. */
export const LARGEST_BIGINT: bigint = 2n ** 4096n - 1n
/** How many digits the largest BigInt has. */
export const MOST_DIGITS = 1234

/** How many characters a URL may have. */
export const LONGEST_URL = 4096
