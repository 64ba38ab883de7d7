import type { ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context } from '../context.ts'

type Mask = (thrown: unknown, requestId: string) => GraphQLError

/** The same result with every error as a client may see it. Results without errors are passed on untouched. */
export const maskResult = (mask: Mask, result: ExecutionResult, requestId: string): ExecutionResult =>
  result.errors ? { ...result, errors: result.errors.map((error) => mask(error, requestId)) } : result

const isResult = (value: unknown): value is ExecutionResult =>
  typeof value === 'object' && value !== null && ('data' in value || 'errors' in value)

/**
 * Gives every error a code of the closed list, on every transport: documents that don't parse or don't fit the schema, and
 * whatever resolvers throw. What a live operation's events throw is masked where they are executed.
 */
export const useErrorCodes = (mask: Mask): Plugin<Context> => ({
  onParse:
    () =>
    ({ result }) => {
      if (result instanceof Error) (result as GraphQLError).extensions.code ??= 'GRAPHQL_PARSE_FAILED'
    },
  onValidate:
    () =>
    ({ result }) => {
      for (const error of result as GraphQLError[]) error.extensions.code ??= 'GRAPHQL_VALIDATION_FAILED'
    },
  onExecute: ({ args }) => ({
    onExecuteDone: ({ result, setResult }) => {
      if (isResult(result)) setResult(maskResult(mask, result, (args.contextValue as Context).requestId))
    },
  }),
  onSubscribe: ({ args }) => ({
    onSubscribeResult: ({ result, setResult }) => {
      if (isResult(result)) setResult(maskResult(mask, result, (args.contextValue as Context).requestId))
    },
  }),
})
