import { createYoga, type Plugin } from 'graphql-yoga'
import type { Modules } from '../modules/modules.ts'
import { Feed } from '../platform/iterate/feed.ts'
import type { Logger } from '../platform/logger.ts'
import type { Context, KnownLive, ServerContext, Yoga } from './context.ts'
import { createErrorMask } from './errors.ts'
import { internals, type Internals } from './internals.ts'
import { createKnownLive } from './known-live.ts'
import type { CostControl } from './limits/charge.ts'
import { useLimits } from './limits/plugin.ts'
import { createLiveSubscribe } from './live-subscribe.ts'
import { createDocuments } from './plugins/documents.ts'
import { useErrorCodes } from './plugins/error-codes.ts'
import { useSse } from './plugins/sse.ts'
import { schema } from './schema.ts'

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
  const subscribe = createLiveSubscribe(mask)
  // One by one: Yoga's own has the request too, which a stream would keep.
  const contextOf = (given: ServerContext): Context => ({
    viewer: given.viewer,
    actor: given.actor,
    requestId: given.requestId,
    transport: given.transport,
    address: given.address,
    gone: given.gone,
    lastEventId: given.lastEventId,
    ...(given.accepts && { accepts: given.accepts }),
    answer: given.answer,
    modules,
    [internals]: deps.internals,
    loaders: new Map(),
  })
  const documents = createDocuments()
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
    // What one of these says of live operations `known-live.ts` has to say too.
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
  const known = createKnownLive({ documents, contextOf, subscribe, mask })
  // Further plugins have their own mind about what they are asked.
  return { yoga, knownLive: plugins.length > 0 ? () => undefined : known }
}
