import type { SubscribePayload } from 'graphql-ws'
import { getOperationAST, GraphQLError, type ExecutionArgs } from 'graphql'
import { actorOf } from '../../auth/actor.ts'
import type { Yoga } from '../../graphql/context.ts'
import { forWire, refusalOf } from '../../graphql/errors.ts'
import type { CostControl } from '../../graphql/limits/charge.ts'
import { MAX_OPERATIONS } from '../../graphql/limits/operations.ts'
import type { Rates } from '../../graphql/limits/rates.ts'
import { checkExtensions } from '../../graphql/limits/variables.ts'
import { AppError } from '../../platform/errors.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { sourceOf } from '../request.ts'
import type { Connection } from './connection.ts'

/** A refusal as the payload of an `error` message. Rethrows any other error. */
const asMessage = (thrown: unknown, requestId: string): GraphQLError => {
  const { error, place } = refusalOf(thrown)
  const { code, message, retryAfterSeconds } = error
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  return new GraphQLError(message, { ...place, extensions: { code, requestId, ...retry } })
}

const tooManyOperations = (): AppError =>
  new AppError(
    'LIMIT_EXCEEDED',
    `A WebSocket has at most ${MAX_OPERATIONS} operations under way. End one, or open another socket.`,
  )

export type PrepareOperation = (
  connection: Connection,
  id: string,
  payload: SubscribePayload,
) => Promise<ExecutionArgs | readonly GraphQLError[]>

/** Makes operations ready to run through Yoga, or answers the errors of an `error` message. */
export const createPrepareOperation = (deps: {
  yoga: Yoga
  costControl: CostControl
  rates: Pick<Rates, 'requests'>
  proxyHops: number
}): PrepareOperation => {
  const { yoga, costControl, rates, proxyHops } = deps
  return async (connection, id, payload) => {
    const requestId = uuidv7()
    const ending = new AbortController()
    connection.running.set(id, ending)
    // Looked at before anything is awaited: this operation is among them, later ones are not yet.
    const crowded = Object.keys(connection.operations).length > MAX_OPERATIONS
    try {
      await rates.requests?.take(['a', connection.address], 1)
      if (crowded) throw tooManyOperations()
    } catch (error) {
      return [asMessage(error, requestId)]
    }
    const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
      viewer: connection.viewer,
      actor: actorOf(connection.viewer, sourceOf(connection.request, requestId, proxyHops)),
      requestId,
      transport: 'websocket',
      address: connection.address,
      gone: ending.signal,
      answer: {},
      // Not the upgrade request: it is a GET, and Yoga refuses a mutation by GET.
      params: payload,
    })
    const forClient = forWire(requestId)
    let document: ReturnType<typeof parse>
    try {
      document = parse(payload.query)
    } catch (error) {
      if (error instanceof GraphQLError) return [forClient(error)]
      throw error
    }
    const errors = validate(schema, document) as readonly GraphQLError[]
    if (errors.length > 0) return errors.map(forClient)
    if (!getOperationAST(document, payload.operationName))
      return [forClient(new GraphQLError('Could not determine what operation to execute.'))]
    const args: ExecutionArgs = {
      schema,
      document,
      operationName: payload.operationName ?? null,
      variableValues: payload.variables ?? null,
      contextValue: await contextFactory(),
      rootValue: { execute, subscribe },
    }
    try {
      checkExtensions(payload.extensions)
      await costControl.charge(args) // here, where a refusal becomes an `error` message
    } catch (error) {
      return [asMessage(error, requestId)]
    }
    return args
  }
}
