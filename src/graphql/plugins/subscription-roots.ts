import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

const isConditional = ({ directives = [] }: SelectionNode): boolean =>
  directives.some(({ name }) => name.value === 'skip' || name.value === 'include')

/**
 * An error for each @skip and @include on what leads to the root field of a subscription. The specification
 * forbids them (Single Root Field): a subscription without its field has nothing to listen to. Trap: graphql's
 * own rule evaluates them without the variables and throws, so this has to be asked first.
 */
export const conditionalRoots = (document: DocumentNode): GraphQLError[] => {
  const errors: GraphQLError[] = []
  const walked = new Set<string>()
  const walk = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (isConditional(selection))
        errors.push(
          new GraphQLError('The root field of a subscription takes no @skip and no @include.', {
            nodes: selection,
          }),
        )
      if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet)
      if (selection.kind !== Kind.FRAGMENT_SPREAD || walked.has(selection.name.value)) continue
      walked.add(selection.name.value)
      for (const definition of document.definitions)
        if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value)
          walk(definition.selectionSet)
    }
  }
  for (const definition of document.definitions)
    if (
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === OperationTypeNode.SUBSCRIPTION
    )
      walk(definition.selectionSet)
  return errors
}
