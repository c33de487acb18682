import { sha256Hex } from '../../base/digest.ts'
import { SessionConfigError } from '../../errors.ts'

/** An index name is up to 13 characters longer, and PostgreSQL truncates names to 63 characters. */
const NAME = /^(?:[A-Za-z_]\w{0,62}\.)?[A-Za-z_]\w{0,47}$/

/** The names of a table and of its indexes, quoted for a statement. */
export interface Table {
  readonly name: string
  readonly ownerIndex: string
  readonly sweepIndex: string
  /** The channel on which its changes are announced. */
  readonly channel: string
}

/**
 * The table of that name, optionally preceded by its schema: `sessions`, `auth.sessions`. Names are quoted: case matters.
 *
 * @throws SessionConfigError (`ERR_SESSION_CONFIG`) if it is not such a name.
 */
export function parseTable(name: string): Table {
  if (typeof name !== 'string' || !NAME.test(name)) {
    const message = "must be a name of at most 48 letters, digits and _, such as 'sessions' or 'auth.sessions'"
    throw new SessionConfigError(`postgresStorage({ table }) ${message}`)
  }
  const relation = name.slice(name.indexOf('.') + 1)
  return {
    name: name.split('.').map(quoted).join('.'),
    ownerIndex: quoted(`${relation}_owner_idx`),
    sweepIndex: quoted(`${relation}_sweep_at_idx`),
    channel: `koa_typed_sessions_${sha256Hex(name).slice(0, 32)}`,
  }
}

function quoted(name: string): string {
  return `"${name}"`
}
