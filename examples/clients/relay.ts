import type { ClientOptions } from 'graphql-ws'
import { Observable, type SubscribeFunction } from 'relay-runtime'
import { createResumingClient } from './graphql-ws.ts'

/** The second argument of Relay's `Network.create`. */
export const createResumingSubscribe = (options: ClientOptions): SubscribeFunction => {
  const client = createResumingClient(options)
  return ({ text, name }, variables) =>
    Observable.create((sink) =>
      client.subscribe({ query: text ?? '', operationName: name, variables }, sink as never),
    )
}
