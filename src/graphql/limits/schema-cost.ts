import {
  getArgumentValues,
  getNamedType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type GraphQLType,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/**
 * Values of the schema's own fields (`__schema`, `__type`) for a point. The longest introspection query of
 * tools has 56,000, and 74,000 with the `__typename` that some clients add everywhere: both fit, also when the schema grows
 * by a third, and what multiplies them does not.
 */
export const SCHEMA_VALUES = 20
/** Characters of a description that count as another value. */
const CHARACTERS = 100

type Field = GraphQLField<unknown, unknown>
/** A field of the document; without a definition it is `__typename`. */
type Asked = { readonly definition?: Field; readonly given: object; readonly below?: readonly Asked[] }

/** The definition of `__schema` or `__type`, which every query has. */
export const metaField = (schema: GraphQLSchema, on: GraphQLType, name: string): Field | undefined =>
  on === schema.getQueryType()
    ? [SchemaMetaFieldDef, TypeMetaFieldDef].find((field) => field.name === name)
    : undefined

/**
 * Counts the values in the answer of fields of the schema itself, by asking the schema as execution would: what
 * is selected twice counts twice. It stops a little beyond `most`, over all the fields of an operation.
 */
export const createSchemaCount = (options: {
  readonly schema: GraphQLSchema
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly variables: Record<string, unknown>
  readonly isLeftOut: (selection: SelectionNode) => boolean
  readonly most: number
}): ((field: Field, node: FieldNode) => number) => {
  const { schema, fragments, variables, isLeftOut, most } = options
  const info = { schema } as GraphQLResolveInfo
  const known = new Map<SelectionSetNode, readonly Asked[]>()
  let all = 0

  const askedOf = (definition: Field, node: FieldNode): Asked => ({
    definition,
    given: getArgumentValues(definition, node, variables),
    ...(node.selectionSet && {
      below: askedIn(node.selectionSet, getNamedType(definition.type) as GraphQLObjectType),
    }),
  })

  const askedIn = (set: SelectionSetNode, on: GraphQLObjectType): readonly Asked[] => {
    const before = known.get(set)
    if (before) return before
    const asked = set.selections.flatMap((selection): readonly Asked[] => {
      if (isLeftOut(selection)) return []
      if (selection.kind === Kind.FIELD) {
        const definition = on.getFields()[selection.name.value]
        return [definition ? askedOf(definition, selection) : { given: {} }]
      }
      const of = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
      return of ? askedIn(of.selectionSet, on) : []
    })
    known.set(set, asked)
    return asked
  }

  const count = (source: unknown, { definition, given, below }: Asked): void => {
    all += 1
    if (below) return countIn(definition!.resolve!(source, given, undefined, info), below)
    if (definition?.name === 'description')
      all += Math.floor(((source as { description?: string | null }).description?.length ?? 0) / CHARACTERS)
  }

  const countIn = (value: unknown, below: readonly Asked[]): void => {
    if (value === null || value === undefined) return
    if (Array.isArray(value)) {
      all += value.length
      for (const item of value) {
        if (all > most) return
        countIn(item, below)
      }
    } else {
      for (const each of below) {
        if (all > most) return
        count(value, each)
      }
    }
  }

  return (field, node) => {
    const before = all
    if (all <= most) count(undefined, askedOf(field, node))
    return all - before
  }
}
