import { subscriptionExchange, type Exchange } from '@urql/core'
import type { ClientOptions } from 'graphql-ws'
import { createResumingClient } from './graphql-ws.ts'

/** The exchange for subscriptions of a urql client, to be put after its `fetchExchange`. */
export const createResumingExchange = (options: ClientOptions): Exchange => {
  const client = createResumingClient(options)
  return subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({ unsubscribe: client.subscribe({ query, variables }, sink as never) }),
    }),
  })
}
