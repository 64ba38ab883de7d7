import {
  getNamedType,
  isCompositeType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type GraphQLType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { fieldsOf, type FieldCost } from './cost.ts'

type Objects = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Objects => typeof value === 'object' && value !== null

/** The objects that a value holds, through lists of lists. */
const objectsIn = (value: unknown): Objects[] =>
  Array.isArray(value) ? value.flatMap(objectsIn) : isObject(value) ? [value] : []

/**
 * What an operation really cost: counted as `costOf` counts, but over the objects that are in the answer, in place of
 * those that might have been. A question to ClickHouse (`base`) costs the same whatever it found.
 */
export const actualCostOf = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  data: Objects,
): number => {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)

  const field = (node: FieldNode, parents: GraphQLType, parent: Objects): number => {
    const value = parent[(node.alias ?? node.name).value]
    const definition = fieldsOf(parents)?.[node.name.value]
    if (value === undefined || !definition) return 0 // skipped, or of a fragment on another type
    const { base } = (definition.extensions.cost ?? {}) as FieldCost
    if (!isCompositeType(getNamedType(definition.type))) return base ?? 0
    const objects = objectsIn(value)
    const own = base === undefined ? objects.length : base + (Array.isArray(value) ? objects.length : 0)
    const { selectionSet } = node
    if (!selectionSet) return own
    return objects.reduce((sum, object) => sum + selections(selectionSet, definition.type, object), own)
  }

  const selections = (set: SelectionSetNode, type: GraphQLType, parent: Objects): number => {
    let cost = 0
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) cost += field(selection, type, parent)
      else {
        const fragment =
          selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
        const condition = fragment?.typeCondition && schema.getType(fragment.typeCondition.name.value)
        if (fragment) cost += selections(fragment.selectionSet, condition ?? type, parent)
      }
    }
    return cost
  }

  const root = schema.getRootType(operation.operation)
  return root ? selections(operation.selectionSet, root, data) : 0
}
