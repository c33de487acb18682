import { isPromise, letGo } from '../base/awaitable.ts'
import { pathText } from '../base/path.ts'
import type { SchemaIssue, StandardSchema } from '../base/standard-schema.ts'
import type { SessionSerializer } from '../contracts/serializer.ts'
import { SessionConfigError, SessionValueError } from '../errors.ts'

/**
 * Validates every value by a Standard Schema, on write and on read: a value that is read has the type that the definition promises, also
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
    letGo(result)
    throw new SessionConfigError(
      `the schema (${schema['~standard'].vendor}) returned a promise: the schema of a session must be synchronous`,
    )
  }
  if (!result.issues) return result.value
  const path = issuePath(result.issues[0])
  throw new SessionValueError(
    `${path || 'the value itself'} does not match the schema (${schema['~standard'].vendor})`,
    path,
  )
}

/** The schema's output is stored, and the next request validates it again. */
function checkAgain(schema: StandardSchema, output: unknown): void {
  try {
    validate(schema, output)
  } catch (error) {
    const { vendor } = schema['~standard']
    throw new SessionConfigError(
      `the schema (${vendor}) refuses its own output: the output of a session's schema must be valid input`,
      undefined,
      error,
    )
  }
}

function issuePath(issue: SchemaIssue | undefined): string {
  const steps = issue?.path?.map((step) => (typeof step === 'object' ? step.key : step)) ?? []
  return pathText(steps.map((step) => (typeof step === 'number' ? step : String(step))))
}
