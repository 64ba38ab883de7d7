import { getOperationAST, GraphQLError, OperationTypeNode, type ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { unauthenticated } from '../../auth/viewer.ts'
import { AppError, shuttingDown } from '../../platform/errors.ts'
import type { ServerContext, Yoga } from '../context.ts'
import { expectedError, forWire, type Mask } from '../errors.ts'
import { MAX_OPERATION_ID } from '../limits/operations.ts'
import { answerEvents, EVENTS } from './sse-frame.ts'
import { paramsOf, type SseParams } from './sse-request.ts'
import { isLive, type Results } from './sse-operation.ts'
import { isCutOff, type SseStream } from './sse-stream.ts'
import { createSseStreams } from './sse-streams.ts'
import { markOf, tokenIn } from './stream-token.ts'

const streamOf = new WeakMap<Response, SseStream>()

/**
 * The stream that a response of Yoga stands for; undefined for one with a body of its own. It writes into
 * Node's response itself: a stream of the web in between costs a promise a chunk.
 */
export const eventStreamOf = (response: Response): SseStream | undefined => streamOf.get(response)

const METHODS = 'GET, POST, PUT, DELETE'
const headersOf = ({ status, retryAfterSeconds }: AppError): Record<string, string> => ({
  'content-type': 'application/json; charset=utf-8',
  ...(status === 401 && { 'www-authenticate': 'Bearer' }),
  ...(status === 405 && { allow: METHODS }),
  ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
})

/** The context of an operation that its client may end on its own. */
const endedBy = (context: ServerContext, gone: AbortSignal): ServerContext => ({
  ...context,
  gone: AbortSignal.any([context.gone, gone]),
})

/**
 * The protocol of graphql-sse: one connection for many operations and one connection each under an endpoint
 * of its own, and one connection each for whoever asks Yoga's endpoint for events. graphql-sse's own handler
 * queues results without a bound for a client that does not read, keeps reservations for ever and does not
 * end a stream; Yoga's keeps the source of a client that left before the first byte, and completes what a
 * drain breaks off. Here the sources are read only as fast as the response drains.
 */
export const useSse = (options: {
  readonly endpoint: string
  readonly mask: Mask
  /** Aborted when the program drains, before the sources of live operations end. */
  readonly stopping: AbortSignal
}): Plugin<object, ServerContext> => {
  const { endpoint, mask, stopping } = options
  const streams = createSseStreams()
  if (stopping.aborted) streams.stop()
  else stopping.addEventListener('abort', streams.stop, { once: true })
  let yoga: Yoga

  const operate = async (request: Request, params: SseParams, context: ServerContext): Promise<Results> => {
    const enveloped = yoga.getEnveloped({ ...context, request, params })
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
    return (await (operation === OperationTypeNode.SUBSCRIPTION
      ? enveloped.subscribe(args)
      : enveloped.execute(args))) as Results
  }

  /** A refused operation is a result too, with its code and the id of its request. */
  const begin = async (request: Request, params: SseParams, context: ServerContext): Promise<Results> => {
    const forClient = forWire(context.requestId)
    try {
      const result = await operate(request, params, context)
      return 'errors' in result && result.data == null ? { errors: result.errors.map(forClient) } : result
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [forClient(error)] }
      throw error
    }
  }

  // Not the signal of the request: nobody would be told by one that was aborted before.
  const listen = ({ gone }: ServerContext, stream: SseStream): Response => {
    if (gone.aborted) stream.close()
    else gone.addEventListener('abort', () => stream.close(), { once: true })
    const response = new yoga.fetchAPI.Response(null, { status: 200, headers: EVENTS })
    streamOf.set(response, stream)
    return response
  }

  /** Not rethrown by anybody: Yoga would answer with the stack. */
  const refuse = (thrown: unknown, { requestId }: ServerContext): Response => {
    const error = expectedError(thrown) ?? new AppError('INTERNAL', mask(thrown, requestId).message)
    const { code, message, status } = error
    const errors = [{ message, extensions: { code, requestId } }]
    return new yoga.fetchAPI.Response(JSON.stringify({ errors }), { status, headers: headersOf(error) })
  }

  /** The answer of Yoga's own endpoint to whoever takes events. */
  const asEvents = async (result: Results, context: ServerContext): Promise<Response> => {
    if (stopping.aborted && isCutOff(result)) {
      if (isLive(result)) await result[Symbol.asyncIterator]().return?.()
      return refuse(shuttingDown(), context)
    }
    if (!isLive(result)) {
      const { text, init } = answerEvents(result)
      return new yoga.fetchAPI.Response(text, init)
    }
    const stream = streams.single()
    await stream.run(undefined, () => Promise.resolve(context.answer.live ?? result))
    return listen(context, stream)
  }

  const answer = async (request: Request, context: ServerContext): Promise<Response> => {
    const { Response } = yoga.fetchAPI
    const { method, headers } = request
    const [mark, token] = [markOf(headers), tokenIn(request)]
    if (method === 'PUT') {
      if (context.viewer.kind === 'anonymous') throw unauthenticated()
      const text = streams.reserve(mark, token)
      return new Response(text, { status: 201, headers: { 'content-type': 'text/plain; charset=utf-8' } })
    }
    if (method === 'DELETE') {
      const id = new URL(request.url, 'http://localhost').searchParams.get('operationId')
      const stream = streams.find(mark, token)
      if (!id) throw new AppError('BAD_REQUEST', 'Name the operation: ?operationId=…')
      stream.end(id) // also for one that is complete already: the client could not know
      return new Response(null, { status: 200 })
    }
    if (method !== 'GET' && method !== 'POST')
      throw new AppError('METHOD_NOT_ALLOWED', `This endpoint answers ${METHODS}.`)
    const listens = context.accepts?.events === 'named'
    if (listens && token !== undefined) return listen(context, streams.open(mark, token))
    if (listens) {
      const params = await paramsOf(request)
      const stream = streams.single()
      try {
        await stream.run(undefined, (gone) => begin(request, params, endedBy(context, gone)))
      } catch (error) {
        stream.close()
        throw error
      }
      return listen(context, stream)
    }
    const stream = streams.find(mark, token)
    const params = await paramsOf(request)
    const id = params.extensions?.operationId
    if (typeof id !== 'string' || id === '' || id.length > MAX_OPERATION_ID)
      throw new AppError('BAD_REQUEST', 'Give the operation an id: a text in `extensions.operationId`.')
    await stream.run(id, (gone) => begin(request, params, endedBy(context, gone)))
    return new Response(null, { status: 202 })
  }

  return {
    onYogaInit: (init) => {
      yoga = init.yoga as unknown as Yoga
    },
    onRequest: async ({ request, url, endResponse, serverContext }) => {
      if (url.pathname !== endpoint) return
      try {
        endResponse(await answer(request, serverContext))
      } catch (thrown) {
        endResponse(refuse(thrown, serverContext))
      }
    },
    onResultProcess: ({ result, setResultProcessor, serverContext }) => {
      const { accepts } = serverContext
      const live = isLive(result as Results)
      if (accepts?.events && (live || !accepts.json))
        setResultProcessor((result) => asEvents(result as Results, serverContext), 'text/event-stream')
      else if (live) void (result as AsyncIterableIterator<ExecutionResult>).return?.() // nobody takes it
    },
  }
}
