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
        .filter((field) => String(field.type).startsWith('[') || field.type.toString().includes('Connection'))
        .filter((field) => isObjectType(getNamedType(field.type)))
        .map((field) => `${type.name}.${field.name}`),
    )
