import { GraphQLError, validate, type DocumentNode, type GraphQLSchema, type ValidationRule } from 'graphql'
import { placeOf } from '../errors.ts'
import { exceeded } from './document.ts'

/**
 * What is told of a document that does not parse or does not fit. graphql quotes the names of the document in
 * each message, and lists up to a hundred errors, each with all its places: without these bounds an answer
 * is many times as long as the document, and is kept with it.
 */
export const errorLimits = { errors: 20, characters: 300, places: 10 } as const
/** "Did you mean" compares a name with all of the schema: a few errors have it, from the first on. */
const SUGGESTED = 2

/** The error, with so much of its message and its places as is told. */
export const shortened = (error: GraphQLError): GraphQLError => {
  const { message, nodes, originalError, extensions } = error
  const { characters, places } = errorLimits
  if (message.length <= characters && (nodes?.length ?? 0) <= places) return error
  const { positions, ...place } = placeOf(error)
  const words = message.length <= characters ? message : `${message.slice(0, characters - 1).toWellFormed()}…`
  return new GraphQLError(words, {
    ...place,
    ...(nodes ? { nodes: nodes.slice(0, places) } : { positions }),
    ...(originalError && { originalError }),
    extensions,
  })
}

/**
 * Validates a document like graphql does, but to an end: it stops after 20 errors, and names of the schema
 * that are like a wrong one ("Did you mean …") are in the first two alone, if `suggests`.
 */
export const validateWithin = (
  schema: GraphQLSchema,
  document: DocumentNode,
  rules: readonly ValidationRule[] | undefined,
  suggests: boolean,
): readonly GraphQLError[] => {
  const maxErrors = errorLimits.errors
  const errors = validate(schema, document, rules, { maxErrors, hideSuggestions: true })
  const last = errors.at(-1)
  if (!last) return errors
  // What graphql says when it gave merging up ("Validation aborted.") is no error of any place.
  if (!last.nodes && errors.length <= maxErrors) {
    const originalError = exceeded('mergedFields')
    return [new GraphQLError(originalError.message, { originalError })]
  }
  const first = suggests
    ? validate(schema, document, rules, { maxErrors: SUGGESTED }).slice(0, SUGGESTED)
    : []
  return [...first, ...errors.slice(first.length)]
}
