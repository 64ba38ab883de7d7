import type { ObjectRef } from '@pothos/core'
import { queryFromInfo } from '@pothos/plugin-prisma'
import DataLoader from 'dataloader'
import type { GraphQLResolveInfo } from 'graphql'
import type { Action } from '../auth/actions.ts'
import type { Modules } from '../modules/modules.ts'
import { builder, type GraphTypes } from './builder.ts'
import { isNullable, orderedBy, type Column, type Model } from './columns.ts'
import { loaderOf, tenantOf, type Context } from './context.ts'
import type { Conditions } from './filter-terms.ts'
import { toWhere } from './filter-terms.ts'
import { defineFilter, is, type Is } from './filters.ts'
import { keysetPage, type Direction, type Find, type KeysetArgs, type Where } from './keyset.ts'
import { countsRows } from './limits/cost.ts'
import { needs } from './needs.ts'
import { OrderDirection } from './order.ts'
import { placeOf } from './place.ts'

/** A condition goes by the name of its column, or of what the column refers to: `stream` for `streamId`. */
type ConditionName<M extends Model> =
  | Column<M>
  | (Column<M> extends infer C ? (C extends `${infer Name}Id` ? Name : never) : never)

type Declaration<M extends Model, Order extends string> = {
  /** The model of the rows, and the type that shows them: `<Type>Connection`, `<Type>Filter` and so on are named after it. */
  readonly model: M
  readonly of: ObjectRef<GraphTypes, never> | { readonly name: string }
  /** What the rows are called: "streams". */
  readonly items: string
  readonly filter: (is: Is) => Conditions & { readonly [K in ConditionName<M>]?: Conditions[string] }
  /** Each needs an index that ends in the column and the id. */
  readonly order: Readonly<Record<Order, { readonly by: Column<M>; readonly description: string }>>
  /** The order of a list that names none. */
  readonly first: readonly [NoInfer<Order>, Direction]
}

type Row = Record<string, unknown> & { id: string }
type Reads = {
  page(owner: never, page: never): Promise<unknown[]>
  count(owner: never, where?: never): Promise<number>
}
type Place = {
  readonly description: string
  readonly action?: Action
  readonly rows: (modules: Modules) => Reads
  /** Whose rows they are: the tenant of the request unless told. */
  readonly owner?: (context: Context) => string
  /** Holds for all rows of this list, beside its filter. */
  readonly where?: (context: Context) => Where
}
type Below<M extends Model> = Place & {
  /** The column that names the parent of a row. */
  readonly within: Column<M>
  /**
   * Rows that one parent has at most. The lists of all parents of a page are then read by one statement; without it there is one
   * statement for each parent.
   */
  readonly most?: number
}

type Args = KeysetArgs & {
  readonly filter?: object | null
  readonly orderBy?: { field: string; direction: Direction } | null
}
type Rows = { page(page: Find): Promise<Row[]>; count(where: Where): Promise<number> }

/**
 * Declares the lists of an entity, once: its filter, its orders, its connection. `root` and `below` put the list where
 * people look for it. All of them page by keyset and count only when asked.
 */
export const defineList = <M extends Model, Order extends string>(declared: Declaration<M, Order>) => {
  const { model, items, order, first } = declared
  const { name } = declared.of
  const type = declared.of as ObjectRef<GraphTypes, unknown>
  const filter = defineFilter(name, declared.filter(is), items)
  const columns = Object.fromEntries(
    Object.entries<{ by: string }>(order).map(([key, { by }]) => [key, orderedBy(model, by)]),
  )
  const OrderField = builder.enumType(`${name}OrderField`, {
    description: `Orders of ${items}.`,
    values: Object.fromEntries(
      Object.entries<{ description: string }>(order).map(([key, { description }]) => [
        key,
        { description, value: key },
      ]),
    ),
  })
  const OrderInput = builder.inputType(`${name}Order`, {
    description: `An order of ${items}.`,
    fields: (t) => ({
      field: t.field({ type: OrderField, required: true, description: 'What to order by.' }),
      direction: t.field({ type: OrderDirection, required: true, description: 'Which end comes first.' }),
    }),
  })
  const Edge = builder.edgeObject({
    type,
    name: `${name}Edge`,
    description: `An item of a page of ${items} and its cursor.`,
  })
  const Connection = builder.connectionObject(
    {
      type,
      name: `${name}Connection`,
      description: `A page of ${items}.`,
      fields: (t: PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, { totalCount(): Promise<number> }>) => ({
        totalCount: t.int({
          nullable: true,
          description: 'Number of all matching items; counted only when asked for.',
          extensions: countsRows,
          resolve: (page) => page.totalCount(),
        }),
      }),
    } as never,
    Edge as never,
  )

  const pageOf = async (args: Args, rows: Rows, always: readonly Where[]) => {
    const filtered = toWhere(filter.parse(args.filter), (column) => isNullable(model, column))
    const where: Where = { AND: [...always, filtered] }
    const { field, direction } = args.orderBy ?? { field: first[0], direction: first[1] }
    const page = await keysetPage({ args, column: columns[field]!, direction, where, find: rows.page })
    return { ...page, totalCount: () => rows.count(where) }
  }

  const rowsOf = (place: Place, context: Context, info: GraphQLResolveInfo): Rows => {
    const owner = (place.owner ?? tenantOf)(context) as never
    const reads = place.rows(context.modules)
    const selection = queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] })
    return {
      page: (page) => reads.page(owner, { ...selection, ...page } as never) as Promise<Row[]>,
      count: (where) => reads.count(owner, where as never),
    }
  }

  /** First pages of all parents by one statement: `most` bounds what it reads. */
  const firstPages = (place: Below<M>, context: Context, info: GraphQLResolveInfo, rows: Rows) => {
    const { within, most = 0 } = place
    type Asked = { readonly parent: string; readonly page: Find }
    const loader = loaderOf(
      context,
      placeOf(info),
      () =>
        new DataLoader<Asked, Row[], string>(
          async (asked) => {
            const { where, orderBy } = asked[0]!.page
            const of = { [within]: { in: asked.map(({ parent }) => parent) } }
            const all = await rows.page({ where: { AND: [where, of] }, orderBy, take: asked.length * most })
            return asked.map(({ parent, page }) =>
              all.filter((row) => row[within] === parent).slice(0, page.take),
            )
          },
          { cacheKeyFn: ({ parent, page }) => JSON.stringify([parent, page.take]) },
        ),
    )
    return (parent: string) => (page: Find) => loader.load({ parent, page })
  }

  type FieldBuilder = { connection(...all: unknown[]): never; arg(options: object): object }
  const field = (t: unknown, place: Place, nullable: boolean, resolve: (...all: never[]) => unknown) =>
    (t as FieldBuilder).connection(
      {
        type,
        nullable,
        description: place.action ? `${place.description} ${needs(place.action)}` : place.description,
        ...(place.action && { authScopes: { action: place.action } }),
        extensions: { list: { model, type: name, columns } },
        args: {
          filter: (t as FieldBuilder).arg({ type: filter.type, description: 'Conditions on the items.' }),
          orderBy: (t as FieldBuilder).arg({
            type: OrderInput,
            description: `Order of the items (default ${first.join(' ')}).`,
          }),
        },
        resolve,
      },
      Connection,
      Edge,
    )

  return {
    /** A list of the tenant's or the account's rows, as a field of Query. It is nullable: a list that fails blanks no other. */
    root: (fieldName: string, place: Place): void =>
      builder.queryField(fieldName, (t) =>
        field(t, place, true, (_root: unknown, args: Args, context: Context, info: GraphQLResolveInfo) =>
          pageOf(args, rowsOf(place, context, info), place.where ? [place.where(context)] : []),
        ),
      ),
    /** The rows of a parent, as a field of its type. */
    below: (parentType: unknown, fieldName: string, place: Below<M>): void =>
      builder.prismaObjectField(parentType as never, fieldName, ((t: unknown) =>
        field(t, place, false, (parent: Row, args: Args, context: Context, info: GraphQLResolveInfo) => {
          const rows = rowsOf(place, context, info)
          const always = [...(place.where ? [place.where(context)] : [])]
          const together = place.most !== undefined && args.after == null && args.before == null
          if (!together) return pageOf(args, rows, [...always, { [place.within]: parent.id }])
          const page = firstPages(place, context, info, rows)(parent.id)
          const count = (where: Where) => rows.count({ AND: [where, { [place.within]: parent.id }] })
          return pageOf(args, { page, count }, always)
        })) as never),
    connection: Connection,
  }
}
