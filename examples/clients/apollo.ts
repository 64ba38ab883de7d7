import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import type { ClientOptions } from 'graphql-ws'
import { createResumingClient } from './graphql-ws.ts'

/** The link for subscriptions of an Apollo Client (4), to be put beside its HttpLink with `ApolloLink.split`. */
export const createResumingLink = (options: ClientOptions): GraphQLWsLink =>
  new GraphQLWsLink(createResumingClient(options))
