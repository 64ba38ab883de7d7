import { getOperationAST, GraphQLError, OperationTypeNode, type ExecutionResult } from 'graphql'
import { createHandler } from 'graphql-sse/lib/use/fetch'
import type { Plugin } from 'graphql-yoga'
import type { ServerContext, Yoga } from '../../server/websocket.ts'
import { forWire } from '../errors.ts'
import { streamTokenOf } from './stream-token.ts'

type Params = { query: string; operationName?: string; variables?: Record<string, unknown> }

/** graphql-sse takes an object for a result only if it has `data`, which a refused operation must not have. */
const once = async function* (errors: readonly GraphQLError[]): AsyncGenerator<ExecutionResult, undefined> {
  yield { errors }
}

/**
 * graphql-sse's protocol with one connection for many operations, and with one each, under an endpoint of its own. Yoga's
 * own plugin for it answers a document that doesn't parse with 500 and a stack trace, and a refused subscription with an
 * error without code; here both come as results.
 */
export const useSse = ({ endpoint }: { endpoint: string }): Plugin<object, ServerContext> => {
  const contexts = new WeakMap<Request, ServerContext>()
  let handle: (request: Request) => Promise<Response>

  const operate = async (yoga: Yoga, request: Request, params: Params) => {
    const enveloped = yoga.getEnveloped({ ...contexts.get(request)!, request, params })
    const document = enveloped.parse(params.query)
    const errors = enveloped.validate(enveloped.schema, document) as readonly GraphQLError[]
    if (errors.length > 0) return { errors }
    const operation = getOperationAST(document, params.operationName)?.operation
    const args = {
      schema: enveloped.schema,
      document,
      contextValue: await enveloped.contextFactory(),
      variableValues: params.variables,
      operationName: params.operationName,
    }
    return operation === OperationTypeNode.SUBSCRIPTION ? enveloped.subscribe(args) : enveloped.execute(args)
  }

  return {
    onYogaInit: ({ yoga }) => {
      handle = createHandler(
        {
          authenticate: streamTokenOf,
          onSubscribe: async ({ raw }, params) => {
            const told = forWire(contexts.get(raw)!.requestId)
            try {
              const result = await operate(yoga as never, raw, params)
              return 'errors' in result && result.data == null ? once(result.errors!.map(told)) : result
            } catch (error) {
              if (error instanceof GraphQLError) return once([told(error)])
              throw error
            }
          },
        },
        yoga.fetchAPI,
      )
    },
    onRequest: async ({ request, url, endResponse, serverContext }) => {
      if (url.pathname !== endpoint) return
      contexts.set(request, serverContext)
      endResponse(await handle(request))
    },
  }
}
