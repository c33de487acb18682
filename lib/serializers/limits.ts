/*
 * Values above these limits are refused on write and on read. The limits keep the cost of a text proportional to its length: the time for
 * parsing a long number or URL grows with the square of its length.
 */

/** The number of levels of nesting. Serializers are recursive; the stack has room for about twenty times as many. */
export const DEEPEST = 500

/** 4,096 bits, enough for the numbers of RSA. */
export const LARGEST_BIGINT: bigint = 2n ** 4096n - 1n
/** The number of decimal digits of {@link LARGEST_BIGINT}. */
export const MOST_DIGITS = 1234

/** The number of characters of a URL. */
export const LONGEST_URL = 4096
