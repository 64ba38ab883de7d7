import {
  getDirectiveValues,
  getNamedType,
  getArgumentValues,
  getNullableType,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  GraphQLError,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  type GraphQLType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { DEFAULT_PAGE, MAX_PAGE } from '../keyset.ts'

/** What an operation may cost. A page of 100 streams with who watches now and the points of their series costs 3,101. */
export const MAX_COST = 5_000

/** How a field is counted, beside its definition: `extensions: { cost: { … } }`. */
export type FieldCost = {
  /** What asking for it costs once, before its children: 1 for an object unless given, 0 for a leaf. */
  readonly base?: number
  /** How many items a list without `first` is taken to have. 10 unless given. */
  readonly items?: number
}

/**
 * The `extensions` of a field whose resolver asks ClickHouse: as much as ten rows of Postgres, for each object that it is a field
 * of, though the streams of a page share one question: what it reads grows with them.
 */
export const asksClickHouse = { cost: { base: 10 } } as const satisfies { cost: FieldCost }

const DEFAULT_ITEMS = 10

type Variables = Record<string, unknown>
type Fields = Record<string, GraphQLField<unknown, unknown>>

export const fieldsOf = (type: GraphQLType): Fields | undefined => {
  const named = getNamedType(type)
  return isObjectType(named) || isInterfaceType(named) ? (named.getFields() as Fields) : undefined
}

const isIncluded = (node: FieldNode, variables: Variables): boolean =>
  getDirectiveValues(GraphQLSkipDirective, node, variables)?.if !== true &&
  getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false

/** The size of a page that is asked for. Whatever is no size counts as the largest one: execution refuses it later. */
const pageOf = (field: GraphQLField<unknown, unknown>, node: FieldNode, variables: Variables): number => {
  try {
    const { first, last } = getArgumentValues(field, node, variables)
    const size = first ?? last ?? DEFAULT_PAGE
    return typeof size === 'number' && size >= 0 ? size : MAX_PAGE
  } catch (error) {
    if (error instanceof GraphQLError) return MAX_PAGE
    throw error
  }
}

/**
 * The worst case of an operation: every object that it can make one answer hold, with lists taken as long as they may be.
 * Known before anything runs, from the document and its variables alone. Counting stops at `limit`, so that a huge product
 * costs no time.
 */
export const costOf = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  limit = MAX_COST,
): number => {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  let cost = 0

  /** `page` is the size that `first` or `last` gave to the connection these selections belong to. */
  const walk = (
    { selections }: SelectionSetNode,
    type: GraphQLType,
    times: number,
    page: number | undefined,
  ): void => {
    const fields = fieldsOf(type)
    for (const selection of selections) {
      if (cost > limit) return
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition && schema.getType(selection.typeCondition.name.value)
        walk(selection.selectionSet, condition ?? type, times, page)
      } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value)
        const condition = fragment && schema.getType(fragment.typeCondition.name.value)
        if (fragment && condition) walk(fragment.selectionSet, condition, times, page)
      } else {
        const field = fields?.[selection.name.value]
        if (field && isIncluded(selection, variables)) count(selection, field, times, page)
      }
    }
  }

  const count = (
    node: FieldNode,
    field: GraphQLField<unknown, unknown>,
    times: number,
    page: number | undefined,
  ): void => {
    const { base, items = DEFAULT_ITEMS } = (field.extensions.cost ?? {}) as FieldCost
    const composite = isCompositeType(getNamedType(field.type))
    const list = isListType(getNullableType(field.type))
    const isPage = page !== undefined && (field.name === 'edges' || field.name === 'nodes')
    const many = list ? times * (isPage ? page : items) : times
    cost += base === undefined ? (composite ? many : 0) : base * times + (list && composite ? many : 0)
    if (!node.selectionSet || cost > limit) return
    const size = field.args.some(({ name }) => name === 'first') ? pageOf(field, node, variables) : undefined
    walk(node.selectionSet, field.type, many, size)
  }

  const root = schema.getRootType(operation.operation)
  if (root) walk(operation.selectionSet, root, 1, undefined)
  return cost
}
