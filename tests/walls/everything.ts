import {
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'

/** What an argument is given, as a literal of the language, by its coordinate: `Query.node.id`. */
export type Literals = Readonly<Record<string, string>>

type Field = GraphQLField<unknown, unknown>

/**
 * The arguments of a field as text, with what `literals` says of them. Throws for a required one that it says
 * nothing of.
 */
export const argumentsOf = (owner: string, field: Field, literals: Literals): string => {
  const given = field.args.flatMap((argument) => {
    const coordinate = `${owner}.${field.name}.${argument.name}`
    const literal = literals[coordinate]
    if (literal !== undefined) return [`${argument.name}: ${literal}`]
    if (isRequiredArgument(argument))
      throw new Error(`${coordinate} is new: say in tests/domains what it is given.`)
    return []
  })
  return given.length > 0 ? `(${given.join(', ')})` : ''
}

/** An edge to an object of any type: what those have is asked for where `node` answers them. */
const isEdgeToAny = ({ type }: Field): boolean => getNamedType(type).name === 'Node'

const fieldsOf = (
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  literals: Literals,
  depth: number,
  isAmbiguous = (_field: string): boolean => false,
) => {
  const named = getNamedType(type)
  if (!isObjectType(named)) throw new Error(`${named.name} has no fields`)
  return Object.values(named.getFields())
    .filter((field) => depth > 0 || isLeafType(getNamedType(field.type)))
    .map(
      (field) =>
        `${isAmbiguous(field.name) ? `${named.name}_${field.name}: ` : ''}${field.name}${argumentsOf(named.name, field, literals)}${isEdgeToAny(field) ? ' { __typename id }' : selectionOf(schema, field.type, literals, depth - 1)}`,
    )
    .join(' ')
}

const selectionOf = (
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  literals: Literals,
  depth: number,
): string => {
  const named = getNamedType(type)
  if (isLeafType(named)) return ''
  if (!isAbstractType(named)) return ` { __typename ${fieldsOf(schema, named, literals, depth)} }`
  const all = schema.getPossibleTypes(named)
  const formOf = (member: GraphQLObjectType, name: string): string | undefined => {
    const field = member.getFields()[name]
    return field && `${argumentsOf(member.name, field, literals)}: ${String(field.type)}`
  }
  // Members may call different things by one name. What most of them mean goes by it, and the others by names of
  // their own: as few as can be, since their number has a limit.
  const mostOften = (name: string): string | undefined => {
    const forms = Map.groupBy(
      all.flatMap((member) => formOf(member, name) ?? []),
      (form) => form,
    )
    return [...forms].toSorted(([, one], [, other]) => other.length - one.length)[0]?.[0]
  }
  const members = all.map((member) => {
    const isAmbiguous = (name: string): boolean => formOf(member, name) !== mostOften(name)
    return `... on ${member.name} { ${fieldsOf(schema, member, literals, depth, isAmbiguous)} }`
  })
  return ` { __typename ${members.join(' ')} }`
}

/**
 * An operation that asks one root field for everything below it, so that a field that is added to the graph
 * is asked for too. Throws for a required argument that `literals` says nothing of.
 */
export const everythingOf = (
  schema: GraphQLSchema,
  operation: 'query' | 'mutation' | 'subscription',
  field: Field,
  literals: Literals,
  depth = 5,
): string => {
  const root = `${operation[0]!.toUpperCase()}${operation.slice(1)}`
  return `${operation} { ${field.name}${argumentsOf(root, field, literals)}${selectionOf(schema, field.type, literals, depth)} }`
}

type Operation = 'query' | 'mutation' | 'subscription'
const of = (operation: Operation, fields: Record<string, Field> | undefined) =>
  Object.values(fields ?? {}).map((field) => ({ operation, field }))

/** The fields of the three root types. */
export const rootFields = (schema: GraphQLSchema) => [
  ...of('query', schema.getQueryType()?.getFields()),
  ...of('mutation', schema.getMutationType()?.getFields()),
  ...of('subscription', schema.getSubscriptionType()?.getFields()),
]

/** What is answered to an operation that asks for more than one may: it is asked again, less deep. */
export const tooMuch: ReadonlySet<unknown> = new Set([
  'QUERY_TOO_COSTLY',
  'QUERY_TOO_DEEP',
  'PAYLOAD_TOO_LARGE',
  'TOO_MANY_ALIASES',
  'TOO_MANY_FIELDS',
  'QUERY_TOO_LARGE',
])
