/**
 * Whether a text has no half of a character (a lone surrogate): UTF-8 writes all of these alike. Node 20 has the method; the library
 * that the compiler is told of does not know it.
 */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}
