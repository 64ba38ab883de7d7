import type { InputFieldMap, InputShapeFromFields, ObjectRef } from '@pothos/core'
import type { GraphQLResolveInfo } from 'graphql'
import type { Action } from '../auth/actions.ts'
import type { Modules } from '../modules/modules.ts'
import type { Clock } from '../platform/clock.ts'
import type { FactPage, PageAsk } from '../platform/fact-page.ts'
import type { TenantId } from '../platform/ids.ts'
import { builder, type GraphTypes } from './builder.ts'
import { byKey, tenantOf, type Context } from './context.ts'
import { pageSize, type KeysetArgs } from './keyset.ts'
import { asksClickHouse, type Check } from './limits/cost.ts'
import { needs } from './needs.ts'

/** How the rows of a list of facts are read: a page of them, and how many there are. */
export type FactReads<Ask, Row> = {
  page(tenant: TenantId, ask: Ask, page: PageAsk, options: Context): Promise<FactPage<Row>>
  count(tenant: TenantId, ask: Ask, options: Context): Promise<number>
}

/** The same of many lists at once: one for each key. */
export type FactReadsOf<Ask, Row> = {
  pages(
    tenant: TenantId,
    ask: Ask,
    keys: readonly string[],
    page: PageAsk,
    options: Context,
  ): Promise<ReadonlyMap<string, FactPage<Row>>>
  counts(
    tenant: TenantId,
    ask: Ask,
    keys: readonly string[],
    options: Context,
  ): Promise<ReadonlyMap<string, number>>
}

type Place<Ask, Args extends InputFieldMap> = {
  readonly action: Action
  readonly description: string
  readonly args: Args
  readonly ask: (args: InputShapeFromFields<Args>, context: Context) => Ask
  /** Throws what `ask` throws. */
  readonly check: (args: InputShapeFromFields<Args>, clock: Clock) => void
}

const FactOrder = builder.enumType('FactOrder', {
  description: 'Order of a list of facts.',
  values: {
    NEWEST_FIRST: { value: 'newest', description: 'From the newest to the oldest.' },
    OLDEST_FIRST: { value: 'oldest', description: 'From the oldest to the newest.' },
  } as const,
})
const orderArg = builder.args((t) => ({
  order: t.field({ type: FactOrder, description: 'Order of the list (default: newest first).' }),
}))
type OrderArg = InputShapeFromFields<typeof orderArg>

type Counted = { readonly totalCount: () => Promise<number> }

const askedOf = <Ask, Args extends InputFieldMap>(
  place: Place<Ask, Args>,
  args: KeysetArgs & OrderArg,
  context: Context,
): { ask: Ask; page: PageAsk } => {
  const { after, before, order } = args
  const ask = place.ask(args as InputShapeFromFields<Args>, context)
  return { ask, page: { ...pageSize(args), after, before, oldestFirst: order === 'oldest' } }
}

/**
 * Declares the lists of a kind of fact, once: `<Type>Connection`, `<Type>Edge`, pages in both directions,
 * newest first or oldest first, and a count that is made only when it is asked for.
 */
export const defineFactList = <Row>(declared: {
  /** The type of an item, which the others are named after. */
  readonly of: ObjectRef<GraphTypes, Row>
  /** What the items are called: "log lines". */
  readonly items: string
}) => {
  const { of: type, items } = declared
  const { name } = type
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
      fields: (t: PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, Counted>) => ({
        totalCount: t.field({
          type: 'BigInt',
          nullable: true,
          description: 'Number of all matching items; counted only when asked for.',
          extensions: asksClickHouse,
          resolve: ({ totalCount }) => totalCount(),
        }),
      }),
    } as never,
    Edge,
  )
  type FieldBuilder = { connection(...all: unknown[]): never }
  const field = <Ask, Args extends InputFieldMap>(
    t: unknown,
    place: Place<Ask, Args>,
    more: { readonly resolve: (...all: never[]) => unknown; readonly select?: object },
  ) => {
    const check: Check = (args, clock) => {
      pageSize(args)
      place.check(args as InputShapeFromFields<Args>, clock)
    }
    const { action, args } = place
    const common = {
      type,
      nullable: true,
      extensions: { ...asksClickHouse, check },
      authScopes: { action },
      args: { ...args, ...orderArg },
    }
    const description = `${place.description} ${needs(action)}`
    return (t as FieldBuilder).connection({ ...common, description, ...more }, Connection, Edge)
  }

  return {
    /** A list of the tenant's facts, as a field of Query. */
    root: <Ask, const Args extends InputFieldMap>(
      fieldName: string,
      place: Place<Ask, Args> & { readonly rows: (modules: Modules) => FactReads<Ask, Row> },
    ): void => {
      const resolve = async (_root: unknown, args: KeysetArgs & OrderArg, context: Context) => {
        const tenant = tenantOf(context)
        const rows = place.rows(context.modules)
        const { ask, page } = askedOf(place, args, context)
        const found = await rows.page(tenant, ask, page, context)
        return { ...found, totalCount: () => rows.count(tenant, ask, context) }
      }
      builder.queryField(fieldName, (t) => field(t, place, { resolve }))
    },
    /**
     * The facts of a row, as a field of its type: those of all rows of a page are read by one statement, and
     * counted by one. `key` is the column that the facts name their row by.
     */
    below: <Ask, const Args extends InputFieldMap>(
      parentType: unknown,
      fieldName: string,
      place: Place<Ask, Args> & {
        readonly key: string
        readonly rows: (modules: Modules) => FactReadsOf<Ask, Row>
      },
    ): void => {
      const { key } = place
      const resolve = async (
        parent: Readonly<Record<string, string>>,
        args: KeysetArgs & OrderArg,
        context: Context,
        { parentType: { name: parentName } }: GraphQLResolveInfo,
      ) => {
        const tenant = tenantOf(context)
        const rows = place.rows(context.modules)
        const { ask, page } = askedOf(place, args, context)
        const list = `${parentName}.${fieldName}`
        const found = await byKey(context, `${list}:${JSON.stringify([ask, page])}`, (keys) =>
          rows.pages(tenant, ask, keys, page, context),
        ).load(parent[key]!)
        const counts = byKey(context, `${list}.totalCount:${JSON.stringify(ask)}`, (keys) =>
          rows.counts(tenant, ask, keys, context),
        )
        return { ...found, totalCount: () => counts.load(parent[key]!) }
      }
      builder.prismaObjectField(parentType as never, fieldName, (t: unknown) =>
        field(t, place, { select: { [key]: true }, resolve }),
      )
    },
  }
}
