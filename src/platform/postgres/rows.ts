import type { Prisma } from '../../../generated/prisma/client.ts'
import type { TenantId } from '../ids.ts'
import type { Postgres, PrismaClient } from './postgres.ts'

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
  /** The first row that fits; null when there is none. */
  find(owner: Owner, where: Where<M>, selection?: Selection<M>): Promise<Row<M> | null>
}

/**
 * What Prisma's delegates have in common. Their own types are of one model each, and can't be called for any.
 */
type Delegate = Record<'findMany' | 'findFirst' | 'count', (args: object) => Promise<never>>

const read = <M extends Model, Owner>(
  model: M,
  clientOf: (owner: Owner) => PrismaClient,
  always: (owner: Owner) => object,
): Rows<M, Owner> => {
  const delegate = (owner: Owner) => clientOf(owner)[model] as unknown as Delegate
  const held = (owner: Owner, where: object = {}) => ({ AND: [always(owner), where] })
  return {
    page: (owner, page) => delegate(owner).findMany({ ...(page as object), where: held(owner, page.where) }),
    count: (owner, where) => delegate(owner).count({ where: held(owner, where) }),
    find: (owner, where, selection = {}) =>
      delegate(owner).findFirst({ ...selection, where: held(owner, where) }),
  }
}

/** Reads of a tenant's rows; `always` holds for each of them, such as `{ deletedAt: null }`. */
export const rowsOf = <M extends Model>(
  postgres: Pick<Postgres, 'forTenant'>,
  model: M,
  always: Where<M> = {},
): Rows<M, TenantId> =>
  read(model, postgres.forTenant, (tenant) => ({ tenantId: tenant, ...(always as object) }))

/** Reads of an account's own rows, whatever tenant it acts in. `owner` is the account's id. */
export const accountRowsOf = <M extends Model>(
  postgres: Pick<Postgres, 'forAccount'>,
  model: M,
  always: () => Where<M> = () => ({}),
): Rows<M, string> => read(model, postgres.forAccount, (userId) => ({ userId, ...(always() as object) }))
