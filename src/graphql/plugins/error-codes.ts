import { GraphQLError, type DocumentNode, type ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context, ServerContext } from '../context.ts'
import { isHashOnly, persistedQueryNotSupported, placeOf, withStatus, type Mask } from '../errors.ts'
import { placeOfValue } from '../limits/value-places.ts'
import { conditionalRoots } from './subscription-roots.ts'

/**
 * The result with every error masked as a client may see it. A result without errors is returned as it is.
 */
export const maskResult = (mask: Mask, result: ExecutionResult, requestId: string): ExecutionResult =>
  result.errors ? { ...result, errors: result.errors.map((error) => mask(error, requestId)) } : result

const isResult = (value: unknown): value is ExecutionResult =>
  typeof value === 'object' && value !== null && ('data' in value || 'errors' in value)

/**
 * A copy of the error with a code. The original must not change: the cache of documents serves it to later
 * requests too.
 */
const withCode = (error: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(error.message, { ...placeOf(error), extensions: { ...error.extensions, code } })

/** The error with the name of the argument that it is about, where it is about a literal. */
const withArgument = (error: GraphQLError, document: DocumentNode): GraphQLError => {
  const place = placeOfValue(document, (node) => node.kind.endsWith('Value') && node === error.nodes?.[0])
  if (place === undefined) return error
  const what = place.startsWith('$') ? 'variable' : 'argument'
  return new GraphQLError(`The ${what} "${place}": ${error.message}`, placeOf(error))
}

/**
 * Gives every error a code of the closed list and the request's id, on every transport: for malformed
 * requests, documents that don't parse or don't fit the schema, and everything that resolvers throw. Errors
 * in the events of a live operation are masked where the events are executed.
 */
export const useErrorCodes = (mask: Mask): Plugin<Context, ServerContext> => ({
  // Without a parser Yoga answers 415 with an empty body.
  onRequestParse: ({ requestParser, setRequestParser }) => {
    if (!requestParser)
      setRequestParser(() => {
        throw new GraphQLError('Send a POST with the content type application/json.', {
          extensions: { code: 'UNSUPPORTED_MEDIA_TYPE', http: { status: 415 } },
        })
      })
    // For variables in a URL that are not JSON. Those in a body are checked by Yoga.
    else
      setRequestParser(async (request) => {
        try {
          return await requestParser(request)
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error
          throw new GraphQLError('The variables are not JSON.', {
            extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
          })
        }
      })
  },
  // Yoga checks all parameters except the name, and would look for an operation of that name.
  onParams: ({ params }) => {
    if (isHashOnly(params)) throw persistedQueryNotSupported()
    const name: unknown = params?.operationName
    if (name !== undefined && name !== null && typeof name !== 'string')
      throw new GraphQLError('The name of an operation is a text.', {
        extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
      })
  },
  onParse:
    () =>
    ({ result, replaceParseResult }) => {
      if (result instanceof GraphQLError && result.extensions.code === undefined)
        replaceParseResult(withCode(result, 'GRAPHQL_PARSE_FAILED'))
    },
  onValidate: ({ context, params: { documentAST }, validateFn, setValidationFn }) => {
    setValidationFn((schema, document, ...more) => {
      const errors = conditionalRoots(document)
      return errors.length > 0 ? errors : validateFn(schema, document, ...more)
    })
    return ({ valid, result, setResult }) => {
      if (valid) return
      const errors = (result as GraphQLError[]).map((error) => withArgument(error, documentAST))
      const coded = errors.map((error) =>
        error.originalError ? error : withCode(error, 'GRAPHQL_VALIDATION_FAILED'),
      )
      setResult(coded.map((error) => mask(error, context.requestId)))
    }
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
  // All other errors: of a document that does not parse, and Yoga's own, such as for an invalid body or a
  // mutation by GET.
  onResultProcess: async ({ result, setResult, resultProcessor, setResultProcessor, serverContext }) => {
    const live = Symbol.asyncIterator in result ? (result as AsyncIterableIterator<unknown>) : undefined
    if (!resultProcessor) {
      // Events that began and that nobody can be sent; without this they would be listened to for ever.
      await live?.return?.()
      setResultProcessor((_result, { Response }) => {
        const { requestId } = serverContext
        const message = live
          ? 'A subscription is answered over a WebSocket, or with accept: text/event-stream.'
          : 'Accept application/json, application/graphql-response+json or text/event-stream.'
        const errors = [{ message, extensions: { code: 'BAD_REQUEST', requestId } }]
        return Response.json({ errors }, { status: 406 })
      }, 'application/json')
    }
    if (!isResult(result) || !result.errors) return
    const masked = maskResult(mask, result, serverContext.requestId)
    setResult('data' in masked ? masked : { ...masked, errors: masked.errors!.map(withStatus) })
  },
})
