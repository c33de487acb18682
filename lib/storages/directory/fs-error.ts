/** Whether `error` is one that the file system threw with one of these codes: `isFsError(error, 'ENOENT')`. */
export function isFsError(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code as string)
}

/** Whether it was done: `false` where it failed with one of these codes, which are answers. Other errors are thrown. */
export async function attempt(operation: Promise<unknown>, ...codes: readonly string[]): Promise<boolean> {
  try {
    await operation
    return true
  } catch (error) {
    if (isFsError(error, ...codes)) return false
    throw error
  }
}
