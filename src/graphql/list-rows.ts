import { queryFromInfo } from '@pothos/plugin-prisma'
import DataLoader from 'dataloader'
import { getNamedType, type GraphQLResolveInfo } from 'graphql'
import type { Modules } from '../modules/modules.ts'
import { loaderOf, tenantOf, type Context } from './context.ts'
import type { Find, Where } from './keyset.ts'

export type Row = Record<string, unknown> & { id: string }
/** How a domain reads the rows of a list; made by `rowsOf` and `accountRowsOf`. */
export type Reads = {
  page(owner: never, page: never): Promise<unknown[]>
  count(owner: never, where?: never): Promise<number>
}
/** The same of rows that many parents have lists of. */
export type ReadsOfMany = Reads & {
  counts(owner: never, within: string, where: object): Promise<ReadonlyMap<string, number>>
  firstIds(owner: never, first: FirstOf): Promise<readonly string[] | undefined>
}
export type Source = {
  readonly rows: (modules: Modules) => Reads
  /**
   * Whose rows they are: the tenant of the request unless told. Undefined where nobody has such rows: the
   * list is null then.
   */
  readonly owner?: (context: Context) => string | undefined
}
export type SourceOfMany = Omit<Source, 'rows'> & { readonly rows: (modules: Modules) => ReadsOfMany }
export type Rows = { page(page: Find): Promise<Row[]>; count(where: Where): Promise<number> }
/** Rows that many parents have lists of. */
export type RowsOfMany = Rows & {
  counts(within: string, where: Where): Promise<ReadonlyMap<string, number>>
  firstIds(first: FirstOf): Promise<readonly string[] | undefined>
}
type FirstOf = Find & { readonly parents: readonly string[]; readonly within: string }

export const ownerOf = ({ owner = tenantOf }: Source, context: Context): string | undefined => owner(context)

/**
 * Whether Prisma's plugin knows the type of the items: one that it doesn't, such as an account's session, is
 * read whole.
 */
const isSelected = ({ schema, returnType }: GraphQLResolveInfo): boolean => {
  const type = schema.getType(getNamedType(returnType).name.replace(/Connection$/, ''))
  return type?.extensions.pothosPrismaModel !== undefined
}

/** The rows of a source, with what the operation selects of them. */
export const selectedRows = (source: Source, context: Context, info: GraphQLResolveInfo): Rows => {
  const owner = ownerOf(source, context) as never
  const reads = source.rows(context.modules)
  const selection = isSelected(info)
    ? queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] })
    : undefined
  return {
    page: (page) => reads.page(owner, { ...selection, ...page } as never) as Promise<Row[]>,
    count: (where) => reads.count(owner, where as never),
  }
}

/** The same for the lists of many parents. */
export const selectedRowsOfMany = (
  source: SourceOfMany,
  context: Context,
  info: GraphQLResolveInfo,
): RowsOfMany => {
  const owner = ownerOf(source, context) as never
  const reads = source.rows(context.modules)
  return {
    ...selectedRows(source, context, info),
    counts: (within, where) => reads.counts(owner, within, where),
    firstIds: (first) => reads.firstIds(owner, first),
  }
}

/**
 * The place of a field in its operation without the positions in lists: the same for all parents of a page.
 * With their types, since fragments on two types can ask two questions under one name.
 */
export const placeOf = ({ path }: Pick<GraphQLResolveInfo, 'path'>): string => {
  const keys: string[] = []
  for (let at: GraphQLResolveInfo['path'] | undefined = path; at; at = at.prev)
    if (typeof at.key === 'string') keys.unshift(`${at.typename}.${at.key}`)
  return keys.join(' ')
}

/** Whether a field is asked of the items of a list. */
export const isInList = ({ path }: Pick<GraphQLResolveInfo, 'path'>): boolean => {
  for (let at: GraphQLResolveInfo['path'] | undefined = path; at; at = at.prev)
    if (typeof at.key === 'number') return true
  return false
}

type Asked = { readonly parent: string; readonly take: number }
type Within = {
  /** The field that names the parent of a row. */
  readonly within: string
  /** Rows that a parent has at most as a rule: see `Below`. */
  readonly most?: number | undefined
}

/**
 * First rows of all parents, of each `take`. Where they have few as a rule, all are read at once; else their ids
 * are found by the index of each parent, and then the rows with what is selected of them. Undefined where neither
 * is possible: each parent is asked by itself then.
 */
const ofAll = async (
  { within, most }: Within,
  rows: RowsOfMany,
  { where, orderBy, take, parents }: Find & { readonly parents: readonly string[] },
): Promise<Row[] | undefined> => {
  if (most !== undefined) {
    const bound = parents.length * most
    const held = { AND: [where, { [within]: { in: parents } }] }
    const all = await rows.page({ where: held, orderBy, take: bound + 1 })
    if (all.length <= bound) return all
  }
  const ids = await rows.firstIds({ parents, within, where, orderBy, take })
  if (ids === undefined || ids.length === 0) return ids && []
  return rows.page({ where: { id: { in: ids } }, orderBy, take: ids.length })
}

/** First pages, and counts, of all parents of a page: as many statements for a hundred of them as for one. */
export const firstPages = (
  of: Within,
  context: Context,
  info: GraphQLResolveInfo,
  rows: RowsOfMany,
): ((parent: string) => Rows) => {
  const { within } = of
  const place = `list ${placeOf(info)}`
  const pagesOf = ({ where, orderBy }: Find) =>
    loaderOf(
      context,
      `${place} ${JSON.stringify([where, orderBy])}`,
      () =>
        new DataLoader<Asked, Row[], string>(
          async (asked) => {
            const parents = asked.map(({ parent }) => parent)
            const take = Math.max(...asked.map((each) => each.take))
            const all = await ofAll(of, rows, { where, orderBy, take, parents })
            if (!all)
              return Promise.all(
                asked.map((each) =>
                  rows.page({ where: { AND: [where, { [within]: each.parent }] }, orderBy, take: each.take }),
                ),
              )
            const byParent = Map.groupBy(all, (row) => row[within])
            return asked.map((each) => byParent.get(each.parent)?.slice(0, each.take) ?? [])
          },
          { cacheKeyFn: ({ parent, take }) => `${parent} ${take}` },
        ),
    )
  const countsOf = (where: Where) =>
    loaderOf(
      context,
      `count ${place} ${JSON.stringify(where)}`,
      () =>
        new DataLoader<string, number>(async (parents) => {
          const held = { AND: [where, { [within]: { in: [...parents] } }] }
          const found = await rows.counts(within, held)
          return parents.map((parent) => found.get(parent) ?? 0)
        }),
    )
  return (parent) => ({
    page: (page) => pagesOf(page).load({ parent, take: page.take }),
    count: (where) => countsOf(where).load(parent),
  })
}
