import { Kind, visit, type ASTNode, type DocumentNode } from 'graphql'

const nameOf = (node: ASTNode | readonly ASTNode[]): string[] => {
  if (!('kind' in node)) return []
  if (node.kind === Kind.VARIABLE_DEFINITION) return [`$${node.variable.name.value}`]
  return node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD ? [node.name.value] : []
}

/**
 * The name of the argument, or of the variable with that default, where a value stands, with the fields of
 * the input that lead to it: `filter.createdAt.gt`, `$since`. Undefined for what is no value.
 */
export const placeOfValue = (
  document: DocumentNode,
  isWanted: (node: ASTNode) => boolean,
): string | undefined => {
  let place: string[] = []
  visit(document, {
    enter: (node, key, parent, _path, ancestors) => {
      if (place.length > 0 || key === 'variable') return false // the name in a definition is no use of it
      if (isWanted(node)) place = [...ancestors, parent ?? []].flatMap(nameOf)
      return undefined
    },
  })
  return place.length > 0 ? place.join('.') : undefined
}
