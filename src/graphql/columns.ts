import type PrismaTypes from '../../generated/pothos-types.ts'
import { getDatamodel } from '../../generated/pothos-types.ts'
import { foldedColumn } from '../platform/postgres/folded.ts'
import type { KeysetColumn } from './keyset.ts'

export type Model = Extract<keyof PrismaTypes, string>
/** The columns of a model by the names that Prisma gives them. */
export type Column<M extends Model> = Extract<keyof PrismaTypes[M]['Shape'], string>

const { models } = getDatamodel().datamodel as unknown as {
  models: Record<
    string,
    {
      fields: {
        name: string
        kind: string
        type: string
        isRequired: boolean
        isList: boolean
        isUnique: boolean
        isId: boolean
      }[]
    }
  >
}
const kinds: Readonly<Record<string, KeysetColumn['kind']>> = {
  DateTime: 'date',
  String: 'text',
  Int: 'number',
  BigInt: 'bigint',
}

const fieldOf = (model: Model, column: string) => {
  const field = models[model]?.fields.find(({ name }) => name === column)
  if (!field) throw new TypeError(`${model} has no column ${column}`)
  return field
}

/**
 * Throws for a text that a list can't be searched by: the text without its case stands in a column beside it
 * (20261128000500_any_case).
 */
export const assertSearchable = (model: Model, column: string): void => {
  fieldOf(model, foldedColumn(column))
}

/**
 * Whether a column can be NULL: lists too, which Prisma reads as empty then. Throws for a column that the model
 * doesn't have.
 */
export const isNullable = (model: Model, column: string): boolean => {
  const { isRequired, isList } = fieldOf(model, column)
  return isList || !isRequired
}

/**
 * A column as a list is ordered by it; `unique` where no two rows of a list share a value. Throws for a type
 * that no index can serve: below row-level security Postgres makes conditions of an index from leakproof
 * comparisons alone, and those of enums and decimals are none.
 */
export const orderedBy = (model: Model, column: string, unique: boolean): KeysetColumn => {
  const { kind, type, isRequired } = fieldOf(model, column)
  const ordered = kind === 'scalar' ? kinds[type] : undefined
  if (ordered === undefined) throw new TypeError(`no list can be ordered by ${model}.${column}`)
  return { field: column, kind: ordered, nullable: !isRequired, unique }
}
