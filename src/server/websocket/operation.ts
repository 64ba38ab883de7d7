import type { SubscribePayload } from 'graphql-ws'
import { getOperationAST, GraphQLError, OperationTypeNode, type ExecutionResult } from 'graphql'
import { actorOf } from '../../auth/actor.ts'
import type { Asked, KnownLive, Ready, ServerContext, Yoga } from '../../graphql/context.ts'
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

/** Parses and validates what is asked for, and answers the errors where it is not right. */
const readied = async (
  yoga: Yoga,
  context: ServerContext,
  { query, operationName, variableValues }: Asked,
): Promise<Ready | readonly GraphQLError[]> => {
  // `params` and not the upgrade request: that is a GET, and Yoga refuses a mutation by GET.
  const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
    ...context,
    params: { query, operationName, variables: variableValues },
  })
  let document: ReturnType<typeof parse>
  try {
    document = parse(query)
  } catch (error) {
    if (error instanceof GraphQLError) return [error]
    throw error
  }
  const errors = validate(schema, document) as readonly GraphQLError[]
  if (errors.length > 0) return errors
  const operation = getOperationAST(document, operationName)
  if (!operation) return [new GraphQLError('Could not determine what operation to execute.')]
  const run = operation.operation === OperationTypeNode.SUBSCRIPTION ? subscribe : execute
  return {
    args: { schema, document, operationName, variableValues, contextValue: await contextFactory() },
    run: run as Ready['run'],
  }
}

/**
 * Operations run through Yoga, with one cache of parsed and validated documents for all transports; live ones that are
 * known go past its hooks.
 */
export const createPrepareOperation = (deps: {
  yoga: Yoga
  knownLive: KnownLive
  costControl: CostControl
  rates: Pick<Rates, 'requests'>
}): PrepareOperation => {
  const { yoga, knownLive, costControl, rates } = deps
  return async ({ viewer, origin }, payload, gone, crowded) => {
    const requestId = uuidv7()
    try {
      await rates.requests?.take(['a', origin.counted], 1)
      if (crowded) throw tooManyOperations()
    } catch (error) {
      return [asMessage(error, requestId)]
    }
    const context: ServerContext = {
      viewer,
      actor: actorOf(viewer, { address: origin.address, userAgent: origin.userAgent, requestId }),
      requestId,
      transport: 'websocket',
      address: origin.counted,
      gone,
      answer: {},
    }
    const { query, operationName = null, variables: variableValues = null } = payload
    const asked: Asked = { query, operationName, variableValues }
    const ready = knownLive(context, asked) ?? (await readied(yoga, context, asked))
    if (!('run' in ready)) return ready.map(forWire(requestId))
    try {
      checkExtensions(payload.extensions)
      await costControl.charge(ready.args) // here, where a refusal becomes an `error` message
    } catch (error) {
      return [asMessage(error, requestId)]
    }
    return ready.run(ready.args)
  }
}
