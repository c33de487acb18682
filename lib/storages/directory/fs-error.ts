/** Whether the file system threw `error`, with one of these codes: `isFsError(error, 'ENOENT')`. */
export function isFsError(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code as string)
}

/** `true`, or `false` if the operation failed with one of these codes, which are answers. Other errors are thrown. */
export async function doneUnless(operation: Promise<unknown>, ...codes: readonly string[]): Promise<boolean> {
  try {
    await operation
    return true
  } catch (error) {
    if (isFsError(error, ...codes)) return false
    throw error
  }
}
