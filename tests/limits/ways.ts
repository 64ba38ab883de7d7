import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'
import { argumentsOf, type Literals } from '../walls/everything.ts'

type Field = GraphQLField<unknown, unknown>
/** Puts a selection of a type's fields where the type is met: `{ streams { nodes { … } } }`. */
export type Way = (selection: string) => string

const isNode = (type: GraphQLObjectType): boolean => type.getInterfaces().some(({ name }) => name === 'Node')

/**
 * A way from Query to each type that a query can meet: of what `node` answers by an id of `ids`, of the rest
 * through the fields that lead there first.
 */
export const waysOf = (
  schema: GraphQLSchema,
  literals: Literals,
  ids: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<GraphQLObjectType, Way> => {
  const query = schema.getQueryType()!
  const ways = new Map<GraphQLObjectType, Way>([[query, (selection) => `{ ${selection} }`]])
  const nodes = schema.getType('Node')
  for (const type of isInterfaceType(nodes) ? schema.getPossibleTypes(nodes) : [])
    if (ids[type.name]?.[0])
      ways.set(
        type,
        (selection) => `{ node(id: "${ids[type.name]![0]}") { ... on ${type.name} { ${selection} } } }`,
      )
  // A Map is walked with what is added to it on the way.
  for (const [type, way] of ways)
    for (const field of Object.values(type.getFields())) {
      const inner = getNamedType(field.type)
      if (!isObjectType(inner) || ways.has(inner) || (isNode(inner) && ids[inner.name])) continue
      ways.set(inner, (selection) =>
        way(`${field.name}${argumentsOf(type.name, field, literals)} { ${selection} }`),
      )
    }
  return ways
}

/** A field with nothing below it. */
export const alone = (type: GraphQLObjectType, field: Field, literals: Literals): string =>
  `${field.name}${argumentsOf(type.name, field, literals)}${isCompositeType(getNamedType(field.type)) ? ' { __typename }' : ''}`

/** The object types that can be in an answer below a type, whatever way leads there. */
export const reachable = (schema: GraphQLSchema, from: GraphQLObjectType): ReadonlySet<GraphQLObjectType> => {
  const met = new Set([from])
  for (const type of met)
    for (const { type: inner } of Object.values(type.getFields())) {
      const named = getNamedType(inner)
      const all = isAbstractType(named) ? schema.getPossibleTypes(named) : isObjectType(named) ? [named] : []
      for (const each of all) met.add(each)
    }
  return met
}
