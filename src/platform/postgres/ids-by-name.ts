import type { TenantId } from '../ids.ts'
import { ValidationError } from '../problems.ts'
import type { PrismaTransaction } from './postgres.ts'

/** A thing by its name, and where in the input that stands. */
export type Named = { readonly name: string; readonly path: readonly string[] }

/** Ids of a tenant's things by their names. Throws ValidationError that tells each name that there is nothing of. */
export type IdsOf = (
  tx: PrismaTransaction,
  tenant: TenantId,
  named: readonly Named[],
) => Promise<(name: string) => string>

/** What finds the id of each name in the rows; throws ValidationError for names that no row has. */
export const idsByName = (
  what: string,
  named: readonly Named[],
  rows: readonly { readonly id: string; readonly name: string }[],
): ((name: string) => string) => {
  const ids = new Map(rows.map(({ id, name }) => [name, id]))
  const errors = named
    .filter(({ name }) => !ids.has(name))
    .map(({ name, path }) => ({
      path: [...path],
      message: `${path.join('.')}: there is no ${what} "${name}".`,
    }))
  if (errors.length > 0)
    throw new ValidationError(errors.map(({ message }) => message).join(' '), errors[0]!.path, errors)
  return (name) => ids.get(name)!
}
