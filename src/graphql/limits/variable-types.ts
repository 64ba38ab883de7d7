import {
  coerceInputValue,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isSpecifiedScalarType,
  Kind,
  typeFromAST,
  type ASTNode,
  type DocumentNode,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type VariableNode,
} from 'graphql'
import { AppError } from '../../platform/errors.ts'
import { refusedAt } from '../errors.ts'
import { withoutSuggestions } from './introspection.ts'
import { placeOfValue } from './value-places.ts'

type Path = readonly (string | number)[]

const typeAt = (type: GraphQLInputType, [key, ...rest]: Path): GraphQLInputType => {
  const bare = getNullableType(type)
  if (key === undefined) return bare
  if (isListType(bare)) return typeAt(bare.ofType, typeof key === 'number' ? rest : [key, ...rest])
  const inner = isInputObjectType(bare) ? bare.getFields()[key]?.type : undefined
  return inner ? typeAt(inner, rest) : bare
}

/**
 * Why a value does not fit, without quoting it. Messages of our own scalars, and of graphql for objects,
 * quote none.
 */
const reason = (
  type: GraphQLInputType,
  value: unknown,
  error: GraphQLError,
  introspection: boolean,
): string => {
  const leaf = getNamedType(type)
  if (value !== null && isEnumType(leaf)) {
    const names = leaf.getValues().map(({ name }) => name)
    return introspection ? `Expected one of ${names.join(', ')}.` : 'Expected one of the values of its enum.'
  }
  if (value !== null && isSpecifiedScalarType(leaf)) return `Expected ${leaf.name}.`
  const { originalError } = error // what our own scalars say; graphql adds the type, which they name
  return originalError instanceof AppError ? originalError.message : withoutSuggestions(error).message
}

const isUse = (node: ASTNode, { name }: VariableNode): boolean =>
  node.kind === Kind.VARIABLE && node.name.value === name.value

/**
 * Throws BAD_REQUEST for variables that don't fit their types, before execution does: execution quotes the
 * value, which may be a password or a token. It has the place where the variable is defined, and names the
 * argument that it is for. Without `introspection` the message does not name the values of an enum either.
 */
export const checkVariableTypes = (
  schema: GraphQLSchema,
  document: DocumentNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  introspection: boolean,
): void => {
  for (const definition of variableDefinitions) {
    const { variable, type: node, defaultValue } = definition
    const refuse = (path: Path, why: string): never => {
      const argument = placeOfValue(document, (each) => isUse(each, variable))
      const of = argument === undefined ? '' : ` of the argument "${[argument, ...path].join('.')}"`
      const words = `The variable "$${[variable.name.value, ...path].join('.')}"${of}${why}`
      throw refusedAt(definition, new AppError('BAD_REQUEST', words))
    }
    const name = variable.name.value
    const type = typeFromAST(schema, node as never) as GraphQLInputType | undefined
    if (!isInputType(type)) continue // validation refuses it
    if (!Object.hasOwn(variables, name)) {
      if (!isNonNullType(type) || defaultValue) continue
      refuse([], ` of the type ${String(type)} is missing.`)
    }
    coerceInputValue(variables[name], type, (path, value, error) =>
      refuse(path, `: ${reason(typeAt(type, path), value, error, introspection)}`),
    )
  }
}
