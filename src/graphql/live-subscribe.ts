import { GraphQLError, print, type ExecutionResult } from 'graphql'
import { permissionScope } from '../auth/viewer.ts'
import { SlowConsumerError } from '../platform/bus/reader.ts'
import { cursorOf, type Item } from '../platform/bus/tail.ts'
import type { Context } from './context.ts'
import type { Mask } from './errors.ts'
import { tooLong } from './limits/answer-size.ts'
import { maskResult } from './plugins/error-codes.ts'
import { withoutPlace } from './plugins/place-variables.ts'
import { attachCursor } from './plugins/shared-execution.text.ts'
import { createSharedSubscribe } from './plugins/shared-execution.ts'

const lastWord =
  (mask: Mask, { transport, requestId }: Context) =>
  (error: unknown): ExecutionResult => {
    if (transport === 'websocket' && error instanceof SlowConsumerError) throw error
    const last = { errors: [mask(error, requestId)] }
    return error instanceof SlowConsumerError ? attachCursor(last, error.cursor) : last
  }

/** Begins live operations; who asks the same with the same rights shares each result. */
export const createLiveSubscribe = (mask: Mask) =>
  createSharedSubscribe({
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
