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
export type Source = {
  readonly rows: (modules: Modules) => Reads
  /**
   * Whose rows they are: the tenant of the request unless told. Undefined where nobody has such rows: the
   * list is null then.
   */
  readonly owner?: (context: Context) => string | undefined
}
export type Rows = { page(page: Find): Promise<Row[]>; count(where: Where): Promise<number> }

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

type Asked = { readonly parent: string; readonly take: number }

/**
 * First pages of all parents of a page by one statement. Where the parents have more rows than `most` each,
 * so that one of them could take the place of another's, each is asked by itself.
 */
export const firstPages = (
  { within, most }: { readonly within: string; readonly most: number },
  context: Context,
  info: GraphQLResolveInfo,
  rows: Rows,
): ((parent: string) => Rows) => {
  const loaderFor = ({ where, orderBy }: Find) => {
    const of = (parents: unknown): Where => ({ AND: [where, { [within]: parents }] })
    return loaderOf(
      context,
      `list ${placeOf(info)} ${JSON.stringify([where, orderBy])}`,
      () =>
        new DataLoader<Asked, Row[], string>(
          async (asked) => {
            const bound = asked.length * most
            const parents = asked.map(({ parent }) => parent)
            const all = await rows.page({ where: of({ in: parents }), orderBy, take: bound + 1 })
            if (all.length > bound)
              return Promise.all(
                asked.map(({ parent, take }) => rows.page({ where: of(parent), orderBy, take })),
              )
            const byParent = Map.groupBy(all, (row) => row[within])
            return asked.map(({ parent, take }) => byParent.get(parent)?.slice(0, take) ?? [])
          },
          { cacheKeyFn: ({ parent, take }) => `${parent} ${take}` },
        ),
    )
  }
  return (parent) => ({
    page: (page) => loaderFor(page).load({ parent, take: page.take }),
    count: (where) => rows.count({ AND: [where, { [within]: parent }] }),
  })
}
