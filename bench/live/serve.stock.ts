import { createServer } from 'node:http'
import { buildSchema, type GraphQLObjectType } from 'graphql'
import { RedisPubSub } from 'graphql-redis-subscriptions'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { CHANNEL, connected, listening } from './serve.bare.ts'

/** The usual stack: graphql-ws' server over ws, and graphql-redis-subscriptions; fields of the same names. */
export const serveStock = async () => {
  const schema = buildSchema(`
    type Query { now: String }
    type Resync { reason: String! cursor: String! }
    type IncidentChanged {
      cursor: String! kind: String! actor: String! at: String! number: Int! title: String!
      severity: String! status: String! version: Int! note: String
    }
    union IncidentUpdate = IncidentChanged | Resync
    type Subscription { incidentChanged(after: String, withStart: Boolean): IncidentUpdate }`)
  const pubSub = new RedisPubSub({ publisher: await connected(), subscriber: await connected() })
  const field = (schema.getType('Subscription') as GraphQLObjectType).getFields().incidentChanged!
  field.subscribe = () => pubSub.asyncIterableIterator(CHANNEL)
  field.resolve = (event: unknown) => event
  const update = schema.getType('IncidentUpdate') as { resolveType?: () => string }
  update.resolveType = () => 'IncidentChanged'
  const http = createServer()
  const sockets = new WebSocketServer({ server: http, path: '/graphql', perMessageDeflate: false })
  const protocol = useServer({ schema }, sockets)
  const stop = async (): Promise<void> => {
    for (const socket of sockets.clients) socket.terminate()
    await protocol.dispose()
    http.close()
    await pubSub.close()
  }
  return { told: await listening(http), stop }
}
