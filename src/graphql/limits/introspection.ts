import { GraphQLError, visit, type DocumentNode } from 'graphql'
import { AppError } from '../../platform/errors.ts'
import { placeOf } from '../errors.ts'

/**
 * Throws INTROSPECTION_DISABLED for a document that selects `__schema` or `__type`. `__typename` stays:
 * caches need it.
 */
export const refuseIntrospection = (document: DocumentNode): void => {
  visit(document, {
    Field: ({ name }) => {
      if (name.value === '__schema' || name.value === '__type')
        throw new AppError(
          'INTROSPECTION_DISABLED',
          'This server does not tell its schema. Its operator can print it with "heliograph schema print".',
        )
    },
  })
}

/** The error without the suggestions of graphql-js ("Did you mean …"), which reveal the schema bit by bit. */
export const withoutSuggestions = (error: GraphQLError): GraphQLError =>
  new GraphQLError(error.message.replace(/ Did you mean .*$/s, ''), {
    ...placeOf(error),
    extensions: error.extensions,
  })
