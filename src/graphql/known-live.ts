import { getOperationAST, OperationTypeNode } from 'graphql'
import { Feed } from '../platform/iterate/feed.ts'
import type { Context, KnownLive, ServerContext } from './context.ts'
import type { Mask } from './errors.ts'
import type { createLiveSubscribe } from './live-subscribe.ts'
import type { Documents } from './plugins/documents.ts'
import { maskResult } from './plugins/error-codes.ts'
import { schema } from './schema.ts'

/** Live operations past Yoga's hooks: what its plugins say of them has to be said here too. */
export const createKnownLive = (deps: {
  documents: Documents
  contextOf: (context: ServerContext) => Context
  subscribe: ReturnType<typeof createLiveSubscribe>
  mask: Mask
}): KnownLive => {
  const { documents, contextOf, subscribe, mask } = deps
  return (context, { query, operationName, variableValues }) => {
    const document = documents.valid(context.viewer, query)
    if (!document) return undefined
    if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION)
      return undefined
    return {
      args: { schema, document, operationName, variableValues, contextValue: contextOf(context) },
      run: async (args) => {
        const answer = await subscribe(args)
        return answer instanceof Feed ? answer : maskResult(mask, answer, context.requestId)
      },
    }
  }
}
