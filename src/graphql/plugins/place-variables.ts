import { Kind, OperationTypeNode, visit, type DocumentNode } from 'graphql'

/** Arguments of live fields that say where a subscriber begins, and change nothing of what an event says. */
const PLACE = new Set(['after', 'withStart'])

const known = new WeakMap<DocumentNode, ReadonlySet<string>>()

/** The variables of a document that are used for nothing but the place where a live operation begins. */
const placeVariablesOf = (document: DocumentNode): ReadonlySet<string> => {
  const [place, others] = [new Set<string>(), new Set<string>()]
  const roots = new Set<unknown>(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.SUBSCRIPTION
        ? definition.selectionSet.selections
        : [],
    ),
  )
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }, _key, parent, _path, ancestors) => {
      const argument = parent as { readonly kind?: string; readonly name?: { readonly value: string } }
      // Above an argument: the list of arguments, then its field.
      const isPlace =
        argument.kind === Kind.ARGUMENT && PLACE.has(argument.name!.value) && roots.has(ancestors.at(-2))
      ;(isPlace ? place : others).add(name.value)
    },
  })
  return place.difference(others)
}

/**
 * The variables of an operation without those that only say where it begins: whoever resumes gets the same
 * answers as whoever is there already, by one execution.
 */
export const withoutPlace = (
  document: DocumentNode,
  variables: { readonly [name: string]: unknown } | null | undefined,
): object => {
  let place = known.get(document)
  if (!place) known.set(document, (place = placeVariablesOf(document)))
  if (place.size === 0) return variables ?? {}
  return Object.fromEntries(Object.entries(variables ?? {}).filter(([name]) => !place.has(name)))
}
