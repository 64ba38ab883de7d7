import { getOperationAST, GraphQLError, OperationTypeNode, print, type ExecutionResult } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import { permissionScope } from '../auth/viewer.ts'
import type { Modules } from '../modules/modules.ts'
import { SlowConsumerError } from '../platform/bus/reader.ts'
import { cursorOf, type Item } from '../platform/bus/tail.ts'
import { Feed } from '../platform/iterate/feed.ts'
import type { Logger } from '../platform/logger.ts'
import type { Context, KnownLive, ServerContext, Yoga } from './context.ts'
import { createErrorMask, type Mask } from './errors.ts'
import { internals, type Internals } from './internals.ts'
import { tooLong } from './limits/answer-size.ts'
import type { CostControl } from './limits/charge.ts'
import { useLimits } from './limits/plugin.ts'
import { createDocuments } from './plugins/documents.ts'
import { maskResult, useErrorCodes } from './plugins/error-codes.ts'
import { withoutPlace } from './plugins/place-variables.ts'
import { attachCursor } from './plugins/shared-execution.text.ts'
import { createSharedSubscribe } from './plugins/shared-execution.ts'
import { useSse } from './plugins/sse.ts'
import { schema } from './schema.ts'

const lastWord =
  (mask: Mask, { transport, requestId }: Context) =>
  (error: unknown): ExecutionResult => {
    if (transport === 'websocket' && error instanceof SlowConsumerError) throw error
    const last = { errors: [mask(error, requestId)] }
    return error instanceof SlowConsumerError ? attachCursor(last, error.cursor) : last
  }

/**
 * The graph over HTTP and SSE; WebSocket runs its operations through the same instance, caches included, but for live
 * operations that are known.
 */
export const createGraph = (deps: {
  modules: Modules
  internals: Internals
  log: Logger
  costControl: CostControl
  /** See `useLimits`. */
  timeoutMs: number
  introspection: boolean
  /** See `useSse`. */
  stopping: AbortSignal
  /** Further plugins, which run after the graph's own but for the cache of documents. */
  plugins: readonly Plugin[]
}): { yoga: Yoga; knownLive: KnownLive } => {
  const { modules, log, costControl, timeoutMs, introspection, plugins } = deps
  const mask = createErrorMask(log)
  const shared: Plugin = {
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe),
  }
  // After all others: what one of them has put in its place is no feed, and goes the long way.
  const asIs: Plugin<Context, ServerContext> = {
    onSubscribe: () => ({
      onSubscribeResult: ({ args, result }) => {
        if (result instanceof Feed) args.contextValue.answer.live = result
      },
    }),
  }
  const subscribe = createSharedSubscribe({
    groupKey: ({ document, operationName, variableValues, contextValue }) =>
      JSON.stringify([
        document.loc?.source.body ?? print(document),
        operationName,
        withoutPlace(document, variableValues),
        permissionScope((contextValue as Context).viewer),
      ]),
    freshContext: ({ contextValue }): Context => ({ ...(contextValue as Context), loaders: new Map() }),
    cursorOf: (event) =>
      'cursor' in event || 'resync' in event ? cursorOf(event as Item<unknown>) : undefined,
    finish: (result, { contextValue }) => {
      const error = tooLong(result)
      const answer = error ? { errors: [new GraphQLError(error.message, { originalError: error })] } : result
      return maskResult(mask, answer, (contextValue as Context).requestId)
    },
    // A stream that fails ends with its error as the last result. Only a WebSocket that reads too slowly is
    // closed with a code.
    lastOf: ({ contextValue }) => lastWord(mask, contextValue as Context),
  })
  const contextOf = ({
    viewer,
    actor,
    requestId,
    transport,
    address,
    gone,
    lastEventId,
    accepts,
    answer,
  }: ServerContext): Context => ({
    viewer,
    actor,
    requestId,
    transport,
    address,
    gone,
    lastEventId,
    ...(accepts && { accepts }),
    answer,
    modules,
    [internals]: deps.internals,
    loaders: new Map(),
  })
  const documents = createDocuments()
  const knownLive: KnownLive = (context, { query, operationName, variableValues }) => {
    if (plugins.length > 0) return undefined // which have their own mind about it
    const document = documents.valid(context.viewer, query)
    if (!document) return undefined
    if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION)
      return undefined
    const contextValue = contextOf(context)
    return {
      args: { schema, document, operationName, variableValues, contextValue },
      run: async (args) => {
        const answer = await subscribe(args)
        return answer instanceof Feed ? answer : maskResult(mask, answer, context.requestId)
      },
    }
  }
  const yoga = createYoga<ServerContext, Context>({
    schema,
    context: contextOf,
    graphqlEndpoint: '/graphql',
    graphiql: false, // our own HTTP server has the page, without a CDN
    landingPage: false,
    batching: false,
    multipart: false,
    cors: false,
    // `server/http.ts` has read the body by then, within its own limit; this would pass it through a stream once more.
    maxRequestBodySize: false,
    logging: false,
    parserAndValidationCache: false, // `documents` is one that is bounded by bytes
    maskedErrors: false, // the plugin below masks on every transport, WebSocket included
    // What one of these says of live operations `knownLive` has to say too.
    plugins: [
      useLimits({ costControl, timeoutMs, introspection }),
      shared,
      useErrorCodes(mask),
      useSse({ endpoint: '/graphql/stream', mask, stopping: deps.stopping }),
      ...plugins,
      asIs,
      documents.plugin,
    ],
  })
  return { yoga, knownLive }
}
