import type { InputFieldMap, InputShapeFromFields, ObjectRef } from '@pothos/core'
import type { Action } from '../auth/actions.ts'
import type { Modules } from '../modules/modules.ts'
import type { Clock } from '../platform/clock.ts'
import type { FactPage, PageAsk } from '../platform/fact-page.ts'
import type { TenantId } from '../platform/ids.ts'
import { builder, type GraphTypes } from './builder.ts'
import { tenantOf, type Context } from './context.ts'
import { pageSize, type KeysetArgs } from './keyset.ts'
import { asksClickHouse, type Check } from './limits/cost.ts'
import { needs } from './needs.ts'

/** How the rows of a list of facts are read: a page of them, and how many there are. */
export type FactReads<Ask, Row> = {
  page(tenant: TenantId, ask: Ask, page: PageAsk, options: Context): Promise<FactPage<Row>>
  count(tenant: TenantId, ask: Ask, options: Context): Promise<number>
}

type Counted = { readonly totalCount: () => Promise<number> }

/**
 * Declares the lists of a kind of fact, once: `<Type>Connection`, `<Type>Edge`, pages in both directions,
 * newest first, and a count that is made only when it is asked for.
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
      description: `A page of ${items}, newest first.`,
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
  return {
    /** A list of the tenant's facts, as a field of Query. */
    root: <Ask, const Args extends InputFieldMap>(
      fieldName: string,
      place: {
        readonly action: Action
        readonly description: string
        readonly args: Args
        readonly ask: (args: InputShapeFromFields<Args>, context: Context) => Ask
        readonly rows: (modules: Modules) => FactReads<Ask, Row>
        /** Throws what `ask` throws. */
        readonly check: (args: InputShapeFromFields<Args>, clock: Clock) => void
      },
    ): void => {
      const resolve = async (_root: unknown, args: KeysetArgs, context: Context) => {
        const tenant = tenantOf(context)
        const rows = place.rows(context.modules)
        const ask = place.ask(args as InputShapeFromFields<Args>, context)
        const { after, before } = args
        const page = await rows.page(tenant, ask, { ...pageSize(args), after, before }, context)
        return { ...page, totalCount: () => rows.count(tenant, ask, context) }
      }
      const check: Check = (args, clock) => {
        pageSize(args)
        place.check(args as InputShapeFromFields<Args>, clock)
      }
      const field = {
        type,
        nullable: true,
        description: `${place.description} ${needs(place.action)}`,
        extensions: { ...asksClickHouse, check },
        authScopes: { action: place.action },
        args: place.args,
        resolve,
      }
      type FieldBuilder = { connection(...all: unknown[]): never }
      builder.queryField(fieldName, (t) => (t as unknown as FieldBuilder).connection(field, Connection, Edge))
    },
  }
}
