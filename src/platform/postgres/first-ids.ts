import type { PrismaClient } from './postgres.ts'

type Where = Readonly<Record<string, unknown>>
/** What a client knows of the database, which its type leaves out. */
type Described = {
  readonly _runtimeDataModel: {
    readonly models: Readonly<
      Record<
        string,
        {
          readonly dbName?: string | null
          readonly fields: readonly { name: string; dbName?: string | null }[]
        }
      >
    >
  }
}
export type Table = { readonly name: string; column(field: string): string }

/** Asked of the rows of many parents at once: the first `take` of each, in one order. */
export type FirstOf = {
  readonly parents: readonly string[]
  /** The field that names the parent of a row. */
  readonly within: string
  readonly where: Where
  /** Fields with `asc` or `desc`. */
  readonly orderBy: readonly Where[]
  readonly take: number
}

/** A table and its columns as the database calls them. Throws for what the model does not have. */
export const tableOf = (client: PrismaClient, model: string): Table => {
  const type = `${model[0]!.toUpperCase()}${model.slice(1)}`
  const { models } = (client as unknown as Described)._runtimeDataModel
  const known = models[type]
  if (!known) throw new TypeError(`there is no model ${type}`)
  return {
    name: known.dbName ?? type,
    column: (name) => {
      const field = known.fields.find((each) => each.name === name)
      if (!field) throw new TypeError(`${type} has no field ${name}`)
      return field.dbName ?? field.name
    },
  }
}

type Condition = readonly [text: string, values: readonly unknown[]]

/**
 * Conditions that a list always has (the owner, not deleted, with or without a value); undefined where a filter
 * asks for more, which only Prisma can say.
 */
const plain = ({ column }: Table, where: Where, next: () => string): Condition[] | undefined => {
  const all: Condition[] = []
  for (const [name, value] of Object.entries(where)) {
    if (name === 'AND' && Array.isArray(value)) {
      const parts = (value as Where[]).map((part) => plain({ column } as Table, part, next))
      if (parts.includes(undefined)) return undefined
      all.push(...parts.flatMap((part) => part ?? []))
    } else if (value === null) all.push([`${column(name)} IS NULL`, []])
    else if (typeof value === 'string' && name !== 'OR' && name !== 'NOT')
      all.push([`${column(name)} = ${next()}`, [value]])
    else if (typeof value === 'object' && JSON.stringify(value) === '{"not":null}')
      all.push([`${column(name)} IS NOT NULL`, []])
    else return undefined
  }
  return all
}

/**
 * The statement that finds the first rows of each parent: each is read by its index, and none takes the place of
 * another's, as in one list of all it would. Undefined for conditions that are not plain.
 */
export const firstIdsSql = (
  table: Table,
  { parents, within, where, orderBy, take }: FirstOf,
): { text: string; values: unknown[] } | undefined => {
  let given = 2
  const conditions = plain(table, where, () => `$${++given}`)
  if (!conditions) return undefined
  const order = orderBy.flatMap((each) =>
    Object.entries(each).map(([name, way]) => `${table.column(name)} ${way === 'asc' ? 'ASC' : 'DESC'}`),
  )
  const held = [`${table.column(within)} = parent.id`, ...conditions.map(([text]) => text)]
  return {
    text: `SELECT own.id FROM unnest($1::uuid[]) AS parent (id) CROSS JOIN LATERAL (
             SELECT id FROM ${table.name} WHERE ${held.join(' AND ')} ORDER BY ${order.join(', ')} LIMIT $2) AS own`,
    values: [parents, take, ...conditions.flatMap(([, values]) => values)],
  }
}
