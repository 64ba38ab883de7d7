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
  typeFromAST,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { AppError } from '../../platform/errors.ts'
import { withoutSuggestions } from './introspection.ts'

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
  return withoutSuggestions(error).message
}

/**
 * Throws BAD_REQUEST for variables that don't fit their types, before execution does: execution quotes the
 * value, which may be a password or a token. Without `introspection` the message does not name the values of
 * an enum either.
 */
export const checkVariableTypes = (
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  introspection: boolean,
): void => {
  for (const { variable, type: node, defaultValue } of variableDefinitions) {
    const name = variable.name.value
    const type = typeFromAST(schema, node as never) as GraphQLInputType | undefined
    if (!isInputType(type)) continue // validation refuses it
    if (!Object.hasOwn(variables, name)) {
      if (!isNonNullType(type) || defaultValue) continue
      throw new AppError('BAD_REQUEST', `The variable "$${name}" of the type ${String(type)} is missing.`)
    }
    coerceInputValue(variables[name], type, (path, value, error) => {
      const place = [`$${name}`, ...path].join('.')
      throw new AppError(
        'BAD_REQUEST',
        `The variable "${place}": ${reason(typeAt(type, path), value, error, introspection)}`,
      )
    })
  }
}
