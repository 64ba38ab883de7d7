import { isUniqueViolation } from './postgres/errors.ts'
import { ConflictError, NotFoundError } from './problems.ts'

/** What an update gives: fields that are there, null too. */
export const givenOf = (input: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))

/** Throws ConflictError, at the name, for what has the name of another. */
export const taken = (what: string, name: string) => (error: unknown) => {
  if (!isUniqueViolation(error)) throw error
  throw new ConflictError(`There is ${what} "${name}" already. Choose another name.`, ['name'])
}

/** Throws ConflictError for a version that is not the newest. */
export const expecting =
  (expectedVersion: number | null | undefined, what: string) =>
  ({ version }: { readonly version: number }): void => {
    if (expectedVersion != null && expectedVersion !== version)
      throw new ConflictError(`Version ${version} is newer than yours. Read the ${what} again.`, [
        'expectedVersion',
      ])
  }

/** Throws NotFoundError where there was nothing to change. */
export const found = async <T>(work: Promise<T | null>, what: string): Promise<T> => {
  const row = await work
  if (row === null) throw new NotFoundError(`There is no ${what} with this id.`, ['id'])
  return row
}
