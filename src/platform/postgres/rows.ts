import type { Prisma } from '../../../generated/prisma/client.ts'
import type { TenantId } from '../ids.ts'
import { firstIdsSql, tableOf, type FirstOf } from './first-ids.ts'
import type { Postgres, PrismaClient } from './postgres.ts'
import { accountScope, tenantScope, type Scope } from './scope.ts'

type Model = Uncapitalize<Prisma.ModelName>
type Where<M extends Model> = NonNullable<Prisma.Args<PrismaClient[M], 'findMany'>['where']>
type Page<M extends Model> = Prisma.Args<PrismaClient[M], 'findMany'>
type Row<M extends Model> = Prisma.Result<PrismaClient[M], object, 'findFirstOrThrow'>
type Selection<M extends Model> = Pick<Prisma.Args<PrismaClient[M], 'findFirst'>, never> & {
  select?: unknown
  include?: unknown
}

/** How a list and a page of one entity are read. Whose rows they are comes first, as everywhere. */
export type Rows<M extends Model, Owner> = {
  page(owner: Owner, page: Page<M>): Promise<Row<M>[]>
  count(owner: Owner, where?: Where<M>): Promise<number>
  /** Number of rows of each parent, by the field that names it; those without a row are left out. */
  counts(owner: Owner, within: string, where: object): Promise<ReadonlyMap<string, number>>
  /** Ids of the first rows of each of many parents, by one statement; undefined for a filter, which it can't say. */
  firstIds(owner: Owner, first: FirstOf): Promise<readonly string[] | undefined>
  /** The first row that fits; null when there is none. */
  find(owner: Owner, where: Where<M>, selection?: Selection<M>): Promise<Row<M> | null>
}

/**
 * What Prisma's delegates have in common. Their own types are of one model each, and can't be called for any.
 */
type Delegate = Record<'findMany' | 'findFirst' | 'count' | 'groupBy', (args: object) => Promise<never>>
/** The client of an owner, and the scope that it asks under. */
type Reader = { readonly client: PrismaClient; readonly scope: Scope }

const read = <M extends Model, Owner>(
  model: M,
  query: Postgres['query'],
  readerOf: (owner: Owner) => Reader,
  always: (owner: Owner) => object,
): Rows<M, Owner> => {
  const delegate = (owner: Owner) => readerOf(owner).client[model] as unknown as Delegate
  const held = (owner: Owner, where: object = {}) => ({ AND: [always(owner), where] })
  return {
    page: (owner, page) => delegate(owner).findMany({ ...(page as object), where: held(owner, page.where) }),
    count: (owner, where) => delegate(owner).count({ where: held(owner, where) }),
    counts: async (owner, within, where) => {
      const groups: Record<string, unknown>[] = await delegate(owner).groupBy({
        by: [within],
        where: held(owner, where),
        _count: { _all: true },
      })
      return new Map(
        groups.map((group) => [String(group[within]), (group._count as { _all: number })._all] as const),
      )
    },
    firstIds: async (owner, first) => {
      const { client, scope } = readerOf(owner)
      const statement = firstIdsSql(tableOf(client, model), { ...first, where: held(owner, first.where) })
      return statement && (await query<{ id: string }>(scope, statement)).map(({ id }) => id)
    },
    find: (owner, where, selection = {}) =>
      delegate(owner).findFirst({ ...selection, where: held(owner, where) }),
  }
}

/** Reads of a tenant's rows; `always` holds for each of them, such as `{ deletedAt: null }`. */
export const rowsOf = <M extends Model>(
  postgres: Pick<Postgres, 'forTenant' | 'query'>,
  model: M,
  always: Where<M> = {},
): Rows<M, TenantId> =>
  read(
    model,
    postgres.query,
    (tenant) => ({ client: postgres.forTenant(tenant), scope: tenantScope(tenant) }),
    (tenant) => ({ tenantId: tenant, ...(always as object) }),
  )

/**
 * Reads of what other tenants have given to a tenant: rows that name it as their subscriber, and that a policy
 * of their table lets it read. `always` is asked for with each read.
 */
export const givenRowsOf = <M extends Model>(
  postgres: Pick<Postgres, 'forTenant' | 'query'>,
  model: M,
  always: () => Where<M>,
): Rows<M, TenantId> =>
  read(
    model,
    postgres.query,
    (tenant) => ({ client: postgres.forTenant(tenant), scope: tenantScope(tenant) }),
    (tenant) => ({ AND: [{ subscriberId: tenant }, always()] }),
  )

/** Reads of an account's own rows, whatever tenant it acts in. `owner` is the account's id. */
export const accountRowsOf = <M extends Model>(
  postgres: Pick<Postgres, 'forAccount' | 'query'>,
  model: M,
  always: () => Where<M> = () => ({}),
): Rows<M, string> =>
  read(
    model,
    postgres.query,
    (userId) => ({ client: postgres.forAccount(userId), scope: accountScope(userId) }),
    (userId) => ({ userId, ...(always() as object) }),
  )
