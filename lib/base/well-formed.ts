/**
 * Whether a text has no lone surrogate: UTF-8 encoders write all of them alike. Node.js 20 has the method, but the compiler's `lib` does not
 * declare it.
 */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}
