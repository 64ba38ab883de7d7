import type { SubscribePayload } from 'graphql-ws'
import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql'
import { actorOf } from '../../auth/actor.ts'
import type { Yoga } from '../../graphql/context.ts'
import { forWire, refusalOf } from '../../graphql/errors.ts'
import type { CostControl } from '../../graphql/limits/charge.ts'
import { MAX_OPERATIONS } from '../../graphql/limits/operations.ts'
import type { Rates } from '../../graphql/limits/rates.ts'
import { checkExtensions } from '../../graphql/limits/variables.ts'
import { AppError } from '../../platform/errors.ts'
import { uuidv7 } from '../../platform/ids.ts'
import type { Session } from './session.ts'

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

/**
 * Runs what a client asks for: the results of a live operation, the one of any other, or the errors of an
 * `error` message. `gone` ends a query when nobody waits for it any more.
 */
export type PrepareOperation = (
  session: Session,
  payload: SubscribePayload,
  gone: AbortSignal,
  crowded: boolean,
) => Promise<AsyncIterable<ExecutionResult> | ExecutionResult | readonly GraphQLError[]>

/** Operations run through Yoga: one cache of parsed and validated documents for all transports. */
export const createPrepareOperation = (deps: {
  yoga: Yoga
  costControl: CostControl
  rates: Pick<Rates, 'requests'>
}): PrepareOperation => {
  const { yoga, costControl, rates } = deps
  return async ({ viewer, origin }, payload, gone, crowded) => {
    const requestId = uuidv7()
    try {
      await rates.requests?.take(['a', origin.counted], 1)
      if (crowded) throw tooManyOperations()
    } catch (error) {
      return [asMessage(error, requestId)]
    }
    const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
      viewer,
      actor: actorOf(viewer, { address: origin.address, userAgent: origin.userAgent, requestId }),
      requestId,
      transport: 'websocket',
      address: origin.counted,
      gone,
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
    const operation = getOperationAST(document, payload.operationName)
    if (!operation) return [forClient(new GraphQLError('Could not determine what operation to execute.'))]
    const args: ExecutionArgs = {
      schema,
      document,
      operationName: payload.operationName ?? null,
      variableValues: payload.variables ?? null,
      contextValue: await contextFactory(),
    }
    try {
      checkExtensions(payload.extensions)
      await costControl.charge(args) // here, where a refusal becomes an `error` message
    } catch (error) {
      return [asMessage(error, requestId)]
    }
    const isSubscription = operation.operation === OperationTypeNode.SUBSCRIPTION
    return (await (isSubscription ? subscribe(args) : execute(args))) as
      | AsyncIterable<ExecutionResult>
      | ExecutionResult
  }
}
