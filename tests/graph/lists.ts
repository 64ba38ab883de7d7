import { getNamedType, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql'
import type { ListInfo } from '../../src/graphql/list.ts'

/** A list of the graph: a field of Query, or of a type that `node` answers. */
export type ListField = {
  readonly name: string
  readonly parent: string
  readonly field: GraphQLField<unknown, unknown>
  readonly list: ListInfo
}

/** Every field that `defineList` made. */
export const listFields = (schema: GraphQLSchema): ListField[] =>
  Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) =>
      Object.values(type.getFields()).flatMap((field) => {
        const list = field.extensions.list as ListInfo | undefined
        return list ? [{ name: `${type.name}.${field.name}`, parent: type.name, field, list }] : []
      }),
    )

/** Connections and arrays of objects that no mechanism made: each needs a reason. */
export const otherLists = (schema: GraphQLSchema): string[] =>
  Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !/^__|(Connection|Edge|Payload)$/.test(name))
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => field.extensions.list === undefined)
        .filter(
          (field) =>
            String(field.type).startsWith('[') || getNamedType(field.type).name.endsWith('Connection'),
        )
        .filter((field) => isObjectType(getNamedType(field.type)))
        .map((field) => `${type.name}.${field.name}`),
    )

export const idOfCursor = (cursor: string): string =>
  (JSON.parse(Buffer.from(cursor, 'base64url').toString()) as string[])[2]!

/**
 * A page of a list where it hangs, under the name `list`: on the root, on an object that a root field answers, or
 * on one that `node` finds.
 */
export const documentOf = (
  { parent, field, list }: ListField,
  page = 'totalCount edges { cursor node { __typename } } nodes { __typename } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }',
): string => {
  const here = `list: ${field.name}(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) { ${page} }`
  const at =
    parent === 'Query'
      ? here
      : parent === 'Viewer'
        ? `viewer { ${here} }`
        : `node(id: $id) { ... on ${parent} { ${here} } }`
  const id = at.startsWith('node') ? '$id: ID!, ' : ''
  return `query (${id}$first: Int, $after: String, $last: Int, $before: String, $filter: ${list.type}Filter, $orderBy: ${list.type}Order) { ${at} }`
}
