import { queryFromInfo } from '@pothos/plugin-prisma'
import DataLoader from 'dataloader'
import type { GraphQLResolveInfo } from 'graphql'
import type { TenantId } from '../platform/ids.ts'
import { loaderOf, tenantOf, type Context } from './context.ts'
import { placeOf } from './list-rows.ts'

/** The part of `rowsOf` that finds rows by a name. */
export type NamedRows<Row> = { page(tenant: TenantId, page: never): Promise<Row[]> }

/**
 * The rows that facts name (`internal_name`, `node_id`), for edges from facts to entities: one statement for
 * all of a list. Null for a name that no row has, and for a row that is not within `where`.
 */
export const rowNamed = <Column extends string, Row extends Readonly<Record<Column, string>>>(
  context: Context,
  info: GraphQLResolveInfo,
  rows: NamedRows<Row>,
  column: Column,
  name: string,
  where: object = {},
): Promise<Row | null> => {
  // Of each place, which is how Prisma's plugin knows there what was selected: else it reads the row again.
  const selection = queryFromInfo({ context, info })
  return loaderOf(
    context,
    placeOf(info),
    () =>
      new DataLoader<string, Row | null>(async (names) => {
        const page = {
          ...selection,
          where: { ...where, [column]: { in: names } },
          take: names.length,
        }
        const found = await rows.page(tenantOf(context), page as never)
        const byName = new Map(found.map((row) => [row[column] as string, row]))
        return names.map((each) => byName.get(each) ?? null)
      }),
  ).load(name)
}
