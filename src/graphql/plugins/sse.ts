import { getOperationAST, GraphQLError, OperationTypeNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { unauthenticated } from '../../auth/viewer.ts'
import { AppError } from '../../platform/errors.ts'
import type { ServerContext, Yoga } from '../context.ts'
import { expectedError, forWire, type Mask } from '../errors.ts'
import { paramsOf, type SseParams } from './sse-request.ts'
import type { Results, SseStream } from './sse-stream.ts'
import { createSseStreams } from './sse-streams.ts'
import { markOf, tokenIn } from './stream-token.ts'

const METHODS = 'GET, POST, PUT, DELETE'
const EVENTS = {
  'cache-control': 'no-cache',
  'content-encoding': 'none',
  'content-type': 'text/event-stream; charset=utf-8',
}

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
 * The protocol of graphql-sse, with one connection for many operations and with one connection each, under an
 * endpoint of its own. graphql-sse's own handler queues results without a bound for a client that does not
 * read, keeps reservations for ever and does not end a stream; here the sources are read only as fast as the
 * response drains.
 */
export const useSse = (options: {
  readonly endpoint: string
  readonly mask: Mask
  /** Aborted when the program drains, after the sources of live operations have ended. */
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

  const listen = (request: Request, { body, close }: SseStream): Response => {
    request.signal.addEventListener('abort', close, { once: true })
    return new yoga.fetchAPI.Response(body, { status: 200, headers: EVENTS })
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
    const listens = (headers.get('accept') ?? '').includes('text/event-stream')
    if (listens && token !== undefined) return listen(request, streams.open(mark, token))
    if (listens) {
      const params = await paramsOf(request)
      const stream = streams.single()
      try {
        await stream.run(undefined, (gone) => begin(request, params, endedBy(context, gone)))
      } catch (error) {
        stream.close()
        throw error
      }
      return listen(request, stream)
    }
    const stream = streams.find(mark, token)
    const params = await paramsOf(request)
    const id = params.extensions?.operationId
    if (typeof id !== 'string' || id === '' || id.length > 200)
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
        // Not rethrown: Yoga would answer with the stack.
        const { requestId } = serverContext
        const error = expectedError(thrown) ?? new AppError('INTERNAL', mask(thrown, requestId).message)
        const { code, message, status } = error
        const errors = [{ message, extensions: { code, requestId } }]
        const { Response } = yoga.fetchAPI
        endResponse(new Response(JSON.stringify({ errors }), { status, headers: headersOf(error) }))
      }
    },
  }
}
