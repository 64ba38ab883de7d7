import type { ObjectRef } from '@pothos/core'
import type { GraphQLResolveInfo } from 'graphql'
import type { Action } from '../auth/actions.ts'
import { builder, type GraphTypes } from './builder.ts'
import { assertSearchable, isNullable, orderedBy, type Column, type Model } from './columns.ts'
import type { Context } from './context.ts'
import type { Conditions } from './filter-terms.ts'
import { toWhere } from './filter-terms.ts'
import { defineFilter, is, type Is } from './filters.ts'
import {
  keysetPage,
  pageSize,
  type Direction,
  type KeysetArgs,
  type KeysetColumn,
  type Where,
} from './keyset.ts'
import { countsRows, type Check } from './limits/cost.ts'
import {
  firstPages,
  isInList,
  ownerOf,
  selectedRows,
  selectedRowsOfMany,
  type SourceOfMany,
  type Row,
  type Rows,
  type Source,
} from './list-rows.ts'
import { needs } from './needs.ts'
import { OrderDirection } from './order.ts'

/** A condition goes by the name of its column, or of what the column refers to: `stream` for `streamId`. */
type ConditionName<M extends Model> =
  | Column<M>
  | (Column<M> extends infer C ? (C extends `${infer Name}Id` ? Name : never) : never)

type Declaration<M extends Model, Order extends string> = {
  /**
   * The model of the rows, and the type that shows them: `<Type>Connection`, `<Type>Filter` and so on are
   * named after it.
   */
  readonly model: M
  readonly of: ObjectRef<GraphTypes, never> | { readonly name: string }
  /** What the rows are called: "streams". */
  readonly items: string
  readonly filter: (is: Is) => Conditions & { readonly [K in ConditionName<M>]?: Conditions[string] }
  /** Each needs an index that ends in the column and the id. */
  readonly order: Readonly<
    Record<Order, { readonly by: Column<M>; readonly description: string; readonly unique?: true }>
  >
  /** The order of a list that names none. */
  readonly first: readonly [NoInfer<Order>, Direction]
}

type Place = Source & {
  readonly description: string
  readonly action?: Action
  /** Holds for all rows of this list, beside its filter. */
  readonly where?: (context: Context) => Where
}
type Below<M extends Model> = Place &
  SourceOfMany & {
    /** The column that names the parent of a row. */
    readonly within: Column<M>
    /**
     * Rows that a parent has at most as a rule. Where all parents of a page keep to it, their lists are read by
     * one statement; without it by two, the first of which reads the index of each parent.
     */
    readonly most?: number
  }

type Args = KeysetArgs & {
  readonly filter?: object | null
  readonly orderBy?: { field: string; direction: Direction } | null
}
/** What the `extensions.list` of a field says: for tests over all lists. */
export type ListInfo = {
  readonly model: string
  readonly type: string
  readonly columns: Readonly<Record<string, KeysetColumn>>
  readonly conditions: Conditions
}

/**
 * Declares the lists of an entity, once: its filter, its orders, its connection. `root` and `below` put the
 * list where people look for it. All of them page by keyset and count only when asked.
 */
export const defineList = <M extends Model, Order extends string>(declared: Declaration<M, Order>) => {
  const { model, items, order, first } = declared
  const { name } = declared.of
  const type = declared.of as ObjectRef<GraphTypes, unknown>
  const conditions = declared.filter(is)
  for (const [condition, { searched }] of Object.entries(conditions))
    if (searched) assertSearchable(model, condition)
  const filter = defineFilter(name, conditions, items)
  const columns = Object.fromEntries(
    Object.entries<{ by: string; unique?: true }>(order).map(([key, { by, unique = false }]) => [
      key,
      orderedBy(model, by, unique),
    ]),
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
    Edge,
  )

  const check: Check = (args) => {
    pageSize(args)
    filter.parse(args.filter as Args['filter'])
  }

  const pageOf = async (args: Args, rows: Rows, always: readonly Where[]) => {
    const filtered = toWhere(filter.parse(args.filter), (column) => isNullable(model, column))
    const where: Where = { AND: [...always, filtered] }
    const { field, direction } = args.orderBy ?? { field: first[0], direction: first[1] }
    const page = await keysetPage({ args, column: columns[field]!, direction, where, find: rows.page })
    return { ...page, totalCount: () => rows.count(where) }
  }

  type FieldBuilder = { connection(...all: unknown[]): never; arg(options: object): object }
  const field = (t: unknown, place: Place, nullable: boolean, resolve: (...all: never[]) => unknown) =>
    (t as FieldBuilder).connection(
      {
        type,
        nullable,
        description: place.action ? `${place.description} ${needs(place.action)}` : place.description,
        ...(place.action && { authScopes: { action: place.action } }),
        extensions: { check, list: { model, type: name, columns, conditions } satisfies ListInfo },
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

  /** A list without a parent's row. It is nullable: a list that fails blanks no other. */
  const whole = (t: unknown, place: Place) =>
    field(t, place, true, (_parent: unknown, args: Args, context: Context, info: GraphQLResolveInfo) =>
      ownerOf(place, context) === undefined
        ? null
        : pageOf(args, selectedRows(place, context, info), place.where ? [place.where(context)] : []),
    )

  return {
    /** The type of its filter, and how one is read: for what else is asked of the same rows. */
    filter,
    /** A list of the tenant's or the account's rows, as a field of Query. */
    root: (fieldName: string, place: Place): void => builder.queryField(fieldName, (t) => whole(t, place)),
    /** The same as a field of an object that is no row, such as the viewer. */
    on: <Parent>(parentType: ObjectRef<GraphTypes, Parent>, fieldName: string, place: Place): void =>
      builder.objectField(parentType, fieldName, (t) => whole(t, place)),
    /** The rows of a parent, as a field of its type; it may be null where it asks for an action of its own. */
    below: (parentType: unknown, fieldName: string, place: Below<M>): void =>
      builder.prismaObjectField(parentType as never, fieldName, (t: unknown) =>
        field(
          t,
          place,
          place.action !== undefined,
          (parent: Row, args: Args, context: Context, info: GraphQLResolveInfo) => {
            const rows = selectedRowsOfMany(place, context, info)
            const always = place.where ? [place.where(context)] : []
            const { within, most } = place
            // One parent is asked by itself, and so is who goes on in the list of one.
            const isOne = most === undefined && !isInList(info)
            if (isOne || args.after != null || args.before != null)
              return pageOf(args, rows, [...always, { [within]: parent.id }])
            return pageOf(args, firstPages({ within, most }, context, info, rows)(parent.id), always)
          },
        ),
      ),
    connection: Connection,
  }
}
