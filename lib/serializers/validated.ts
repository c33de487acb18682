import { isPromise } from '../base/awaitable.ts'
import { pathText } from '../base/path.ts'
import type { SchemaIssue, StandardSchema } from '../base/standard-schema.ts'
import type { SessionSerializer } from '../contracts/serializer.ts'
import { SessionConfigError, SessionValueError } from '../errors.ts'

/**
 * Lets a Standard Schema see every value, on its way out and on its way back: what is read is what the type promises, also
 * after a deployment that changed the type.
 */
export function validated(serializer: SessionSerializer, schema: StandardSchema): SessionSerializer {
  return {
    stringify(value) {
      const output = validate(schema, value)
      if (output !== value) checkAgain(schema, output)
      return serializer.stringify(output)
    },
    parse: (text) => validate(schema, serializer.parse(text)),
  }
}

function validate(schema: StandardSchema, value: unknown): unknown {
  const result = schema['~standard'].validate(value)
  if (isPromise(result)) {
    // Nobody will wait for it; what it comes to must not become an unhandled rejection.
    result.catch(() => {})
    throw new SessionConfigError(
      `the schema (${schema['~standard'].vendor}) answers with a promise: a session's schema must be synchronous`,
    )
  }
  if (!result.issues) return result.value
  const path = issuePath(result.issues[0])
  throw new SessionValueError(
    `${path || 'the value itself'} is not what the schema (${schema['~standard'].vendor}) asks for`,
    path,
  )
}

/** What is stored is the schema's output, and the next request shows it to the schema again. */
function checkAgain(schema: StandardSchema, output: unknown): void {
  try {
    validate(schema, output)
  } catch (error) {
    const { vendor } = schema['~standard']
    throw new SessionConfigError(
      `the schema (${vendor}) refuses its own output: a session's schema must take what it gives`,
      undefined,
      error,
    )
  }
}

function issuePath(issue: SchemaIssue | undefined): string {
  const steps = issue?.path?.map((step) => (typeof step === 'object' ? step.key : step)) ?? []
  return pathText(steps.map((step) => (typeof step === 'number' ? step : String(step))))
}
